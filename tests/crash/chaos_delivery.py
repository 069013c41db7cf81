"""The part of a chaos run that delivers: a consumer at a receiver with faults, and the verdict about what it got."""

import json
import subprocess
import sys
from collections import Counter

import delivery_checker
from delivery_checker import DELETION, Arrival, Due, Noted
from graph_fields import GRAPH_FIELDS
from history import digest, read_records
from parts import REPOSITORY, PartFailed, wait_until

sys.path.insert(0, str(REPOSITORY / "tests" / "program"))

from delivery_receiver import DeliveryReceiver, Fault  # noqa: E402

# Not those that one transaction of the workload has of every member: a receiver in Python would be what is measured.
TYPES = ("customer.subscription_changed", "customer.address_changed", "customer.consent_changed", DELETION)
FAULTS = {  # by the plan's words
    "well": (),
    "all sorts": (Fault("500", share=0.1), Fault("cut", share=0.05), Fault("dropped", share=0.05), Fault("inside", share=0.05), Fault("slow", share=0.05)),
    "500": (Fault("500"),),
    "throttles": (Fault("429", share=0.02),),
    "late": (Fault("late", share=0.05),),
    "away": (),  # refuses connections
    "gone": (Fault("410", share=0.05),),
}
# Everything may be seen, whatever members consent to: so what came can be compared with what was committed.
POLICY = GRAPH_FIELDS + """purposes: { service: { consent: not_needed } }
agreements: [none]
consumers: { crm: { purpose: service, categories: [system, user] } }
banners: { banner-a: {}, banner-b: {}, banner-c: {} }
rules: [{ name: service, allow: pass, when: { purpose: service, consent: any } }]
"""


class Delivery:
    consumer = "crm"

    def __init__(self, folder, new_receipt_reader, seed, shares=1):
        self._folder, self._new_receipt_reader = folder, new_receipt_reader
        self._receiver = DeliveryReceiver(seed=seed, slow_s=0.1, late_s=1.5)
        self._shares = shares
        self._away = self._was_gone = False
        self._resuming = []  # commands that wait for somebody who carries them out
        self._due = []

    def write_sections(self):
        """The files, and what of the configuration names them."""
        (self._folder / "policy.yaml").write_text(POLICY)
        recipe = {"request": {"url": f"http://127.0.0.1:{self._receiver.port}/{self.consumer}"},
                  "webhook": {"secrets": ["${file:hook.secret}"]},
                  "answers": [{"status": 200, "field": "error", "is": ["busy"], "means": "retry"}],
                  "network": {"plain_http": True, "allow": ["127.0.0.1"], "timeout_s": 1, "in_flight_max": 50}}
        (self._folder / "hook.secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        (self._folder / "crm.yaml").write_text(json.dumps(recipe))
        consumers = {self.consumer: {"recipe": "crm.yaml", "events": list(TYPES), "shares": self._shares,
                                     "retries": {"attempts": 1000, "first_pause": "1s", "longest_pause": "2s"}}}
        return f"policy: policy.yaml\nkeys: {{ folder: {self._folder}/keys }}\nconsumers: {json.dumps(consumers)}\n"

    # --- faults

    def misbehave(self, word):
        self._was_gone = word == "gone"
        self._receiver.plan(*FAULTS[word])
        if word == "away":
            self._receiver.refuse()
            self._away = True

    def behave(self, program):
        """It listens again, and wants events again; what it does to a share goes on."""
        if self._was_gone:
            self._resuming.append(subprocess.Popen(self._resume(program), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        if self._away:
            self._receiver.listen()
            self._away = False
        if self._was_gone or any(fault.share == 1 for fault in self._receiver.faults):
            self._receiver.plan()

    def _resume(self, program):
        return [program.binary, "consumer", "resume", self.consumer, "--why", "chaos", "--timeout", "60", "-c", program.config]

    def end(self):
        for command in self._resuming:
            if command.poll() is None:
                command.kill()
            command.wait()
        self._receiver.end()

    # --- the end

    def settle(self, program, truth, seen):
        """Until everything that is due was taken, or a deletion came behind it."""
        ids = {event.name: event.id for event in seen}
        self._due = [Due(ids[row.name], row.name.account, row.name.type, row.payload) for row in truth if row.name.type in TYPES and row.name in ids]
        self._receiver.plan()
        program.start()
        program.wait_for_event("delivering", 60, count=len(program.said("delivering")) + 1)
        resumed = subprocess.run(self._resume(program), capture_output=True, text=True)
        if resumed.returncode != 0:
            raise PartFailed(f"the consumer was not resumed: {resumed.stderr.strip()}")
        try:
            wait_until("everything that is due is delivered", self._is_settled, 120, 0.3)
        except PartFailed:
            pass  # the verdict says what is missing
        program.stop()

    def _is_settled(self):
        taken = {one.id for one in self._receiver.taken()}
        deleted = {one.account: one.id for one in self._due if one.type == DELETION and one.id in taken}
        return all(one.id in taken or deleted.get(one.account, "") > one.id for one in self._due)

    def verdict(self):
        reader = self._new_receipt_reader(self._folder / "receipts.jsonl", self.consumer)
        reader.drain()
        if reader.stop() != 0:
            raise PartFailed("the reader of receipts failed")
        receipts = [json.loads(record.value) for record in read_records(self._folder / "receipts.jsonl")]
        return delivery_checker.judge(
            self._due, [Arrival(one.id, one.account, one.sequence, one.taken, digest(one.data)) for one in self._receiver.requests()],
            [Noted(one["event_id"], one["kind"], one.get("fate", "")) for one in receipts])

    def account(self):
        """What the receiver answered, for people."""
        return ", ".join(f"{answer} {count:,}" for answer, count in Counter(one.answer for one in self._receiver.requests()).most_common())
