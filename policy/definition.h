// A policy as its file says it: names are numbers, and everything that they refer to is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/action.h"
#include "policy/category_tree.h"
#include "policy/consent.h"
#include "policy/jurisdiction_table.h"
#include "policy/name_table.h"

namespace wakestream::policy {

struct Place {
  int line = 0;  // of the policy's file, from 1
  int column = 0;
};

struct Purpose {
  std::vector<NameId> consent_keys;  // none: consent is not needed
};

struct Consumer {
  NameId purpose = 0;
  std::vector<NameId> agreements;
  std::vector<CategoryId> categories;  // with what is below them
};

// What must be so for a rule to hold. An empty list asks for nothing.
struct When {
  std::vector<CategoryId> categories;  // any of them, or below it
  std::vector<NameId> consumers;
  std::vector<NameId> purposes;
  std::vector<NameId> regimes;  // any of them, or a family
  std::vector<NameId> jurisdictions;
  std::vector<NameId> banners;
  std::vector<NameId> events;
  std::vector<NameId> agreements;  // all of them
  std::vector<NameId> without;     // at least one of them is missing
  std::vector<ConsentState> consent;
  bool any_consent = false;  // an unknown one too
};

enum class Side : std::uint8_t {
  allow,  // shows at most what the action says
  deny,   // whatever else allows it, shows no more than the action says
};

struct PolicyRule {
  std::string name;
  Side side = Side::deny;
  When when;
  Transform transform;
  std::optional<std::chrono::sys_days> from;   // the first day, UTC
  std::optional<std::chrono::sys_days> until;  // the first day on which it holds no more
  std::string because;
  Place place;
};

// "Never": what no combination of circumstances may lead to.
struct Claim {
  PolicyRule rule;  // a deny: the action is what may happen at most
};

struct ExpectedField {
  std::string name;
  std::vector<std::string> tags;
  std::optional<Action> action;
  Place place;  // of the expectation
};

// A test that stands in the file.
struct PolicyTest {
  std::string name;
  std::string consumer;
  std::optional<std::string> event;
  std::optional<std::string> banner;
  std::optional<std::string> jurisdiction;
  std::optional<std::string> consent_json;
  std::chrono::sys_days at;
  std::vector<ExpectedField> fields;
  bool withheld = false;
  std::optional<std::string> because;
  Place place;
};

struct Definition {
  CategoryTree categories;
  JurisdictionTable jurisdictions;
  NameTable consent_keys;
  ConsentWords consent_words;
  NameTable purpose_names;
  std::vector<Purpose> purposes;
  NameTable agreements;
  NameTable banners;
  NameTable consumer_names;
  std::vector<Consumer> consumers;
  NameTable events;  // those that rules name
  // What an untagged field is: by "field" or by "family.change.field".
  std::map<std::string, CategoryId, std::less<>> fields;
  std::map<std::string, Place, std::less<>> field_places;
  NameTable keys;
  std::vector<std::string> key_references;
  std::vector<PolicyRule> rules;
  std::vector<Claim> claims;
  std::vector<PolicyTest> tests;
};

}  // namespace wakestream::policy
