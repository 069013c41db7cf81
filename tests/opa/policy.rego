# A policy's verdicts once more, for another evaluator: written from docs/policy.md, rule by rule, with none of the program's tables.
package wakestream

import rego.v1

rank := {"pass": 0, "generalize": 1, "mask": 2, "tokenize": 3, "hmac": 4, "nullify": 5, "drop": 6, "withhold": 7}

action_of := {number: action | some action, number in rank}

answers := [answer(question) | some question in input.questions]

answer(question) := {"event": "withhold", "fields": []} if unjudgeable(question)

else := {"event": "withhold", "fields": []} if "withhold" in verdicts(question)

else := {"event": "withhold", "fields": []} if {
	some at, field in question.fields
	field.name == "account_id"
	rank[verdicts(question)[at]] >= rank.nullify
}

else := {"event": "pass", "fields": verdicts(question)}

unjudgeable(question) if not data.policy.consumers[question.consumer]

unjudgeable(question) if not question.type

unjudgeable(question) if not question.banner in data.policy.banners

unjudgeable(question) if not place(question.jurisdiction)

place(code) := code if code in data.codes

else := substring(code, 0, 2) if {
	regex.match(`^[A-Z]{2}-[A-Z0-9]{1,3}$`, code)
	substring(code, 0, 2) != "US"
	substring(code, 0, 2) in data.codes
}

verdicts(question) := [field_verdict(question, field) | some field in question.fields]

field_verdict(question, field) := action_of[max([rank[category_verdict(question, category)] | some category in categories_of(field)])]

categories_of(field) := array.concat(field.tags, [data.policy.fields[field.name]]) if data.policy.fields[field.name]

else := field.tags if count(field.tags) > 0

else := [""]

category_verdict(question, category) := "withhold" if "withhold" in limits(question, category)

else := "drop" if not category in data.categories

else := "drop" if not authorized(question.consumer, category)

else := "drop" if count(grants(question, category)) == 0

else := action_of[max([min([rank[action] | some action in grants(question, category)]), limit_of(question, category)])]

limit_of(question, category) := max([rank[action] | some action in limits(question, category)]) if count(limits(question, category)) > 0

else := 0

authorized(consumer, category) if {
	some mine in data.policy.consumers[consumer].categories
	under(category, mine)
}

under(category, ancestor) if category == ancestor

under(category, ancestor) if startswith(category, sprintf("%s.", [ancestor]))

grants(question, category) := {rule.allow |
	some rule in data.policy.rules
	rule.allow
	common(rule, question)
	allowed_category(rule, category)
	allowed_consent(rule, consent(question))
}

limits(question, category) := {rule.deny |
	some rule in data.policy.rules
	rule.deny
	common(rule, question)
	denied_category(rule, category)
	denied_consent(rule, consent(question))
}

common(rule, question) if {
	in_time(rule, question.at)
	listed(rule.when, "event", question.type)
	listed(rule.when, "banner", question.banner)
	listed(rule.when, "consumer", question.consumer)
	listed(rule.when, "purpose", data.policy.consumers[question.consumer].purpose)
	in_regime(rule.when, place(question.jurisdiction), question.at)
	in_place(rule.when, place(question.jurisdiction))
	has_all(rule.when, data.policy.consumers[question.consumer].agreements)
	lacks_one(rule.when, data.policy.consumers[question.consumer].agreements)
}

in_time(rule, at) if {
	object.get(rule, "from", "0000-00-00") <= at
	at < object.get(rule, "until", "9999-99-99")
}

listed(when, key, _) if not when[key]

listed(when, key, word) if word in when[key]

in_regime(when, _, _) if not when.regime

in_regime(when, code, at) if {
	some one in data.in_force
	one.place == code
	one.regime in when.regime
	one.from <= at
}

in_place(when, _) if not when.jurisdiction

in_place(when, code) if {
	some wanted in when.jurisdiction
	parts := {wanted, substring(code, 0, count(wanted))}
	count(parts) == 1
	substring(code, count(wanted), 1) in {"", "-"}
}

has_all(when, _) if not when.agreement

has_all(when, mine) if every one in when.agreement { one in mine }

lacks_one(when, _) if not when.without

lacks_one(when, mine) if {
	some one in when.without
	not one in mine
}

allowed_category(rule, category) if {
	category in data.categories
	not rule.when.category
}

allowed_category(rule, category) if {
	category in data.categories
	some wanted in rule.when.category
	under(category, wanted)
}

denied_category(rule, _) if not rule.when.category

denied_category(_, category) if not category in data.categories

denied_category(rule, category) if {
	some wanted in rule.when.category
	under(category, wanted)
}

denied_category(rule, category) if {
	some wanted in rule.when.category
	under(wanted, category)
}

allowed_consent(rule, _) if "any" in object.get(rule.when, "consent", [])

allowed_consent(rule, state) if {
	state != "unknown"
	listed(rule.when, "consent", state)
}

denied_consent(_, state) if state == "unknown"

denied_consent(rule, state) if listed(rule.when, "consent", state)

narrowness := {"not_needed": 0, "granted": 1, "not_asked": 2, "denied": 3, "unknown": 4}

state_named := {number: state | some state, number in narrowness}

consent(question) := state_named[max([narrowness[state] | some state in states])] if {
	keys := data.policy.purposes[data.policy.consumers[question.consumer].purpose]
	states := array.concat(["not_needed"], [key_state(question, key) | some key in keys])
}

key_state(question, key) := word_state(said[key]) if {
	json.is_valid(question.consent)
	said := json.unmarshal(question.consent)
	is_object(said)
	said[key] != null
}

else := "unknown"

word_state(word) := "granted" if word in {true, "granted", "opt_in"}

else := "not_asked" if word == "not_asked"

else := "denied" if word in {false, "denied", "opt_out", "withdrawn"}

else := "unknown"
