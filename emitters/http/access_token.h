// OAuth 2.0 client credentials (RFC 6749, 4.4): when a token is fetched, and which one is used.
// Pure: what was answered and the time come in.
//
// One request for a token is under way at a time, whoever waits for it. A new one is fetched a
// little before the old one ends.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "emitters/http/answer.h"
#include "keys/secret.h"

namespace wakestream::emitters {

class AccessToken {
 public:
  // Of a clock that only goes forward.
  using Time = std::chrono::seconds;

  bool usable(Time now) const { return !token_.empty() && now < ends_; }
  const keys::Secret& token() const { return token_; }

  // Should one be asked for? Whoever does says so with `asked`.
  bool wanted(Time now) const { return !under_way_ && (token_.empty() || now >= renew_); }
  void asked() { under_way_ = true; }
  bool under_way() const { return under_way_; }

  // What is wrong with the answer, in words without any of it; nothing when there is a token now.
  std::optional<std::string> answered(const Answer& answer, Time now);
  void failed() { under_way_ = false; }

  // The receiver did not take this one: it is not used again.
  void refused(std::string_view token);

 private:
  keys::Secret token_;
  Time renew_{0};
  Time ends_{0};
  bool under_way_ = false;
};

}  // namespace wakestream::emitters
