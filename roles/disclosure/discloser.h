// What one consumer may see of a private event, and under whose name: pure.
//
// The policy is asked once more each time: nothing is remembered of events. What cannot be read, or
// is not known, is withheld.
//
// WHOSE IT IS. The subject is the account's id as the payload still has it: where policy hashes or
// encrypts `account_id`, so it is, and so is the part of a snapshot event's id that is made of the
// row's key. An account keeps its order all the same, since the same id always becomes the same.
// Where policy leaves nothing of the id that tells accounts apart (a mask, a null) the event is
// withheld.
//
// Any number of threads may share one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/record.h"
#include "policy/key_ring.h"
#include "policy/policy.h"
#include "policy/rule_shapes.h"
#include "roles/disclosure/event_words.h"

namespace wakestream::disclosure {

struct Question {
  std::string_view banner;  // on whose behalf
  const EventWords& words;  // the event's own
  // What the account's consent is now, as JSON: the narrower of it and the event's own counts.
  // Nothing: the event's own alone.
  std::optional<std::string_view> consent_now;
  std::chrono::sys_seconds at;
};

struct Disclosed {
  policy::Verdict verdict;  // where it withholds the event, all else but `shape` is empty
  const policy::EventShape* shape = nullptr;  // null: nobody knows the event
  std::string id;
  std::string subject;
  std::string value;        // the payload
  std::uint32_t unfit = 0;  // policy::Redaction

  bool withheld() const { return verdict.withheld(); }
};

class Discloser {
 public:
  // `policy`, `keys` and `shapes` outlive it.
  Discloser(const policy::Policy& policy, const policy::KeyRing& keys,
            const policy::EventShapes& shapes, std::string_view consumer);

  Disclosed disclose(const log::StoredRecord& event, const Question& question) const;

  const policy::Policy& policy() const { return policy_; }
  std::optional<policy::NameId> consumer() const { return consumer_; }

 private:
  // False: the account is not to be told apart any more.
  bool name_subject(const log::StoredRecord& event, Disclosed& disclosed) const;

  const policy::Policy& policy_;
  const policy::KeyRing& keys_;
  const policy::EventShapes& shapes_;
  std::optional<policy::NameId> consumer_;
};

}  // namespace wakestream::disclosure
