// What becomes of one private event in public: pure.
//
// For each banner that it goes to (the one that it names, and the one that its account comes from)
// the policy is asked on behalf of one consumer, who stands for whoever may read the public topics.
// What is left of the event goes to that banner's topics; where nothing may be left it does not go
// there, and is counted by the cause. What cannot be read, or is not known, is withheld.
//
// WHOSE IT IS. The record's key and its subject are the account's id as the payload still has it:
// where policy hashes or encrypts `account_id`, so are they, and so is the part of a snapshot
// event's id that is made of the row's key. An account keeps its order all the same, since the same
// id always becomes the same. Where policy leaves nothing of the id that tells accounts apart (a
// mask, a null) the event is withheld.
//
// Holds nothing of the events that it has judged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/record.h"
#include "policy/key_ring.h"
#include "policy/policy.h"
#include "policy/rule_shapes.h"
#include "roles/publish/event_words.h"
#include "roles/publish/public_topics.h"

namespace wakestream::publish {

// Goes to both topics.
struct PublicRecord {
  const TopicPair* topics = nullptr;
  std::string key;
  std::string headers;  // packed
  std::string value;
  std::int64_t timestamp_ms = 0;
};

struct Counts {
  std::uint64_t read = 0;
  std::uint64_t published = 0;  // an event that goes to two banners counts twice
  policy::Tally tally;          // an event that is judged for two banners counts twice
  std::uint64_t values_unfit = 0;
  std::uint64_t withheld() const;
};

struct Judged {
  std::vector<PublicRecord> records;
  Counts counts;
};

class EventJudge {
 public:
  struct Options {
    std::string consumer;
  };
  // All of these outlive it.
  EventJudge(const policy::Policy& policy, const policy::KeyRing& keys,
             const policy::EventShapes& shapes, const PublicTopics& topics, const Options& options);

  // Appends what may go out, and counts it.
  void judge(const log::StoredRecord& event, std::chrono::sys_seconds at, Judged& out) const;

 private:
  void judge_for(const log::StoredRecord& event, std::string_view banner, const EventWords& words,
                 std::chrono::sys_seconds at, Judged& out) const;
  // False: the account is not to be told apart any more.
  bool name_subject(const log::StoredRecord& event, const policy::EventShape& shape,
                    const policy::Verdict& verdict, PublicRecord& record) const;

  const policy::Policy& policy_;
  const policy::KeyRing& keys_;
  const policy::EventShapes& shapes_;
  const PublicTopics& topics_;
  std::optional<policy::NameId> consumer_;
  std::string policy_hash_;
};

}  // namespace wakestream::publish
