// How events leave: the contract between what decides about deliveries (lanes, retries, dead
// letters) and what carries one out.
//
// An emitter tries once. It does not repeat, keeps no order and stores nothing: whoever uses it
// hands over at most one attempt of an account at a time, and decides by the outcome what comes
// next. Attempts of different accounts are under way side by side and end in any order.
//
// Policy was asked before: `data` holds what this consumer may see, and an emitter sends nothing of
// the event that is not in its attempt.
//
// One thread calls all functions of an emitter but `wake`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emitters/boot_time.h"

namespace wakestream::emitters {

// One event on its way to one consumer. The emitter copies what it needs: views are read during
// `send` alone.
struct Attempt {
  std::uint64_t ticket = 0;  // given back with the outcome; the caller's own, one under way each
  // The same at every attempt for this event, so that a receiver knows a repeated one.
  std::string_view webhook_id = {};
  std::string_view type = {};      // customer.email_changed
  std::string_view source = {};    // may be empty, as all below but `data`
  std::string_view subject = {};   // the account
  std::string_view time = {};      // of the change, RFC 3339
  std::string_view sequence = {};  // rising for each account at this consumer
  std::string_view data = {};      // a JSON object: what the consumer may see
  // Not begun by then (boot_ms) it is not made, and its outcome is `retry`: whoever asked for it
  // may not be the one who may ask any more.
  std::int64_t begin_by_ms = no_time_limit;
};

// The reason of such an outcome.
inline constexpr std::string_view begins_too_late =
    "it was not begun in time, and another instance might deliver by now";

enum class Verdict : std::uint8_t {
  delivered,  // the receiver has it
  unknown,    // it may or may not have it: repeat under the same id
  retry,      // it does not have it, and later it may take it
  throttle,   // it asks for less: the whole consumer waits
  park,       // it will never take this one as it is: nothing to gain by repeating
  disable,    // it wants nothing any more: no attempt until a person says so
};
std::string_view to_string(Verdict verdict);

struct Outcome {
  std::uint64_t ticket = 0;
  Verdict verdict = Verdict::unknown;
  // When it may be tried again, where the receiver said so; of retry, throttle and unknown.
  std::optional<std::chrono::seconds> retry_after = {};
  int status = 0;  // of the answer; 0: there was none
  // What happened, in words: never a value of the event, a secret, or what the receiver wrote.
  std::string reason = {};
};

class Emitter {
 public:
  virtual ~Emitter() = default;

  // How many attempts it takes now. They all count until their outcome was taken.
  virtual std::size_t room() const = 0;

  // Begins all of them; at most `room()`. What fails at once has its outcome as the rest have.
  virtual void send(std::span<const Attempt> attempts) = 0;

  // Appends the outcomes that are there. When none is, waits for one, for `wait` at most or until
  // somebody calls `wake`; it may come back with nothing before that. Nothing goes on while nobody
  // is in here.
  virtual void take(std::chrono::milliseconds wait, std::vector<Outcome>& out) = 0;

  // Ends a wait in `take`, now or the next one. From any thread.
  virtual void wake() = 0;
};

}  // namespace wakestream::emitters
