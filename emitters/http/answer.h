// What an answer means: by the recipe's rules, the first that fits; else by HTTP's.
//
// Without a rule: 2xx delivered; 410 disable; 429 throttle; 503 throttle where it says when, else
// retry; 401, 403, 407, 408, 425 and 5xx retry, but 502 and 504 unknown (a gateway that heard
// nothing from behind it); anything else park: the same request would be answered the same.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emitters/emitter.h"
#include "emitters/http/json_path.h"

namespace wakestream::emitters {

struct StatusRange {
  int first = 0;
  int last = 0;
};

struct AnswerRule {
  std::vector<StatusRange> statuses;  // none: any
  // Of the answer's body, which must be JSON: this field has one of these values; where none is
  // given, it is there and neither null, false, 0 nor empty.
  std::optional<JsonPath> field;
  std::vector<std::string> values;
  Verdict means = Verdict::park;
};

struct Answer {
  int status = 0;
  std::string retry_after = {};  // the header
  std::string body = {};
  bool too_large = false;  // the body stops at the recipe's limit
};

bool fits(const AnswerRule& rule, int status, std::string_view body);
// Without a rule. `says_when`: with a Retry-After.
Verdict meaning_of(int status, bool says_when);
// Is it tried again, without anybody's doing?
bool comes_again(Verdict verdict);
std::optional<std::chrono::seconds> asked_to_wait(const Answer& answer,
                                                  std::chrono::sys_seconds now);

// The ticket is the caller's to fill in.
Outcome judge(std::span<const AnswerRule> rules, const Answer& answer,
              std::chrono::sys_seconds now);

}  // namespace wakestream::emitters
