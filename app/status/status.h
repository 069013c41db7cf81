// How a pipeline stands, from outside of it: what its log, its database and its process (when it
// serves metrics) say. Plain data, and what follows from it; docs/monitoring.md explains both.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/http/feed.h"
#include "cdc/session/source_facts.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::app {

// What stands in a topic, as far as it could be counted in the time that there was.
struct TopicCount {
  std::uint64_t count = 0;
  std::map<std::string, std::uint64_t> by_name;  // event type, or rule
  bool whole = false;
  std::string newest_commit;  // the greatest ce_time among them
};

// How long the log took to have what the server had written when it was asked; for a pipeline whose
// process does not say.
struct CatchingUp {
  double waited_s = 0;  // since the server was asked
  bool caught_up = false;
};

// The running process's own words (app/http/process_status.h).
struct ProcessAnswer {
  std::string json;
  std::string version;
  std::int64_t pid = 0;
  std::string stage;
  std::int64_t stage_since_ms = 0;
  std::string waits_for;
  std::string because;
  std::string feed;
  std::uint64_t lag_bytes = 0;
  double lag_seconds = 0;
  std::optional<double> wal_bytes_per_second;
  std::map<std::string, std::uint64_t> events;
};

struct Status {
  std::string pipeline;
  std::string slot;
  std::int64_t at_ms = 0;

  std::string log;          // what and where, for people
  std::string log_problem;  // why it could not be read
  std::optional<std::int64_t> log_bytes;
  std::optional<capture::Checkpoint> checkpoint;
  std::optional<TopicCount> events;  // left out when the process has counted
  std::optional<TopicCount> quarantine;

  std::string source_problem;
  std::optional<cdc::SourceFacts> source;
  std::optional<CatchingUp> catching_up;

  std::string process_address;  // empty: no metrics.listen, so it was not asked
  std::optional<ProcessAnswer> process;
};

enum class Verdict : std::uint8_t {
  well,          // exit status 0
  needs_person,  // 1
  cannot_tell,   // 75
};

struct Finding {
  Verdict verdict = Verdict::well;  // well: worth knowing, nothing to do at once
  std::string sentence;
};

// What follows from a status.
struct Judgement {
  Verdict verdict = Verdict::well;
  std::vector<Finding> findings;
  std::string feed;  // as app/http/feed.h names it; empty when it cannot be known
  std::optional<std::uint64_t> lag_bytes;
  // Everything that was committed so long ago is in the event log: at most, where `lag_from` does
  // not say otherwise. Nothing where no bound is known.
  std::optional<double> lag_seconds;
  std::optional<double> lag_seconds_min;  // something that was committed so long ago is not
  std::string lag_from;                   // what that was taken from, for people
  std::optional<double> wal_bytes_per_second;
  std::string rate_from;  // what that rate was taken from
  // Before max_slot_wal_keep_size, at that rate, if the slot stood still from now on.
  std::optional<double> seconds_left;
};

Judgement judge(const Status& status);

std::string status_text(const Status& status, const Judgement& judgement);
std::string status_json(const Status& status, const Judgement& judgement);

std::string_view to_string(Verdict verdict);

}  // namespace wakestream::app
