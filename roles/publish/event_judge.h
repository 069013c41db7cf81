// What becomes of one private event in public: pure.
//
// For each banner that it goes to (the one that it names, and the one that its account comes from)
// the policy is asked on behalf of one consumer, who stands for whoever may read the public topics.
// What is left of the event goes to that banner's topics; where nothing may be left it does not go
// there, and is counted by the cause. What cannot be read, or is not known, is withheld.
//
// What is left of an event, and whose it is then: roles/disclosure/discloser.h.
//
// Holds nothing of the events that it has judged.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "log/record.h"
#include "policy/verdict.h"
#include "roles/disclosure/discloser.h"
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
  // `topics`, and what `discloser` needs, outlive it.
  EventJudge(disclosure::Discloser discloser, const PublicTopics& topics);

  // Appends what may go out, and counts it.
  void judge(const log::StoredRecord& event, std::chrono::sys_seconds at, Judged& out) const;

 private:
  void judge_for(const log::StoredRecord& event, std::string_view banner,
                 const disclosure::EventWords& words, std::chrono::sys_seconds at,
                 Judged& out) const;

  disclosure::Discloser discloser_;
  const PublicTopics& topics_;
};

}  // namespace wakestream::publish
