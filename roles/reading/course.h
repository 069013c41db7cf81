// What a role that reads the events does when something goes wrong, and when it may write: pure.
//
// A failure is judged as capture judges it (roles/capture/error_policy.h): tried again after a
// pause that doubles, or the end. Two differences: the events topic may be missing, because capture
// has not made it yet, and is waited for; and an event that cannot be stored ends the role, since
// passing it over would lose it.
//
// TWO INSTANCES. On the embedded log the second waits for the first one's lock. On Kafka whoever
// opens the writer last fences the other, who finds out when it commits: the outcome is in doubt.
// It must not simply open again, or the two would fence each other for ever. Who committed last
// tells: where that is this instance, nobody else is at work and it goes on. Where it is another
// one, this one stands by, and takes over when nothing was committed for `takeover_ms`. That may
// happen to an instance that lives and has nothing to do; it finds out at its next commit and
// stands by in turn. Exactly once hangs on none of this: it hangs on the fencing, and on offsets
// and records being one transaction.
//
// Belongs to one thread. Times are of a steady clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/error.h"

namespace wakestream::reading {

// By partition what is read next.
using Positions = std::vector<std::int64_t>;

// What people are told of a role: events (docs/errors.md), and the beginnings of sentences.
struct Words {
  std::string_view in_doubt = {};
  std::string_view waiting = {};
  std::string_view log_away = {};
  std::string_view refused = {};
  std::string_view back = {};
  std::string_view stand_by = {};
  std::string_view stopped = {};
  std::string_view is_in_doubt = {};  // "the outcome of a transaction of public events is unknown"
  std::string_view is_held = {};      // "another process publishes; waiting for it to end"
  std::string_view is_away = {};      // "publishing waits for the event log"
  std::string_view is_back = {};      // "events are published again"
  std::string_view is_standing_by = {};
  std::string_view has_stopped = {};
};

enum class Step : std::uint8_t { find_events, make_topics, open_writer, open_reader, read, write };

class Course {
 public:
  struct Settings {
    std::int64_t pause_ms_min = 200;
    std::int64_t pause_ms_max = 10'000;
    // After a doubt: long enough for another instance to commit what this one could not.
    std::int64_t doubt_pause_ms = 1'000;
    std::int64_t takeover_ms = 30'000;
  };
  struct Answer {
    bool ends = false;  // else it begins anew after the pause
    std::int64_t pause_ms = 0;
    std::string event;  // what people are told: a stable name, and a sentence; empty: nothing new
    std::string message;
  };

  // `words` outlive it.
  Course(const Settings& settings, const Words& words) : settings_(settings), words_(words) {}

  // A transaction was committed. True when that ends a trouble that people were told of.
  bool wrote();

  Answer failed(Step step, const log::Error& error);

  // The group stands at `positions`, which another instance committed, or not: may the writer be
  // opened now?
  bool may_write(const Positions& positions, bool by_another, std::int64_t now_ms);

 private:
  std::string_view waiting_for(const log::Error& error) const;
  std::string sentence(Step step, const log::Error& error) const;

  Settings settings_;
  const Words& words_;
  bool in_doubt_ = false;
  std::optional<Positions> seen_;   // of another instance, ...
  std::int64_t seen_since_ms_ = 0;  // ... since then
  std::int64_t pause_ms_ = 0;
  std::string told_;
};

}  // namespace wakestream::reading
