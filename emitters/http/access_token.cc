#include "emitters/http/access_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

using std::chrono::seconds;

// Where the answer does not say how long it holds.
constexpr seconds usual_life{300};
constexpr seconds longest_life = std::chrono::days{30};
constexpr seconds renewed_before{60};

std::string member(std::string_view json, std::string_view name) {
  const auto path = JsonPath::parse(name);
  const auto value = path ? path->find(json) : std::nullopt;
  return value ? plain_text(*value) : std::string();
}

seconds life_of(std::string_view json) {
  const auto text = member(json, "expires_in");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number <= 0) return usual_life;
  return std::min(seconds{number}, longest_life);
}

// What a header may hold (RFC 6750).
bool can_be_sent(std::string_view token) {
  return !token.empty() && std::all_of(token.begin(), token.end(),
                                       [](char letter) { return letter > ' ' && letter < 0x7F; });
}

}  // namespace

std::optional<std::string> AccessToken::answered(const Answer& answer, Time now) {
  under_way_ = false;
  if (answer.status < 200 || answer.status > 299)
    return fmt::format("the token's endpoint answered {}", answer.status);
  if (answer.too_large || !mapping::is_json(answer.body))
    return "the token's endpoint answered with what is not JSON";
  auto token = member(answer.body, "access_token");
  if (!can_be_sent(token)) return "the token's endpoint answered without an access_token";
  const auto life = life_of(answer.body);
  token_ = keys::Secret(std::move(token));
  ends_ = now + life;
  renew_ = ends_ - std::min(renewed_before, life / 10);
  return std::nullopt;
}

void AccessToken::refused(std::string_view token) {
  if (token_.reveal() == token) token_ = {};
}

}  // namespace wakestream::emitters
