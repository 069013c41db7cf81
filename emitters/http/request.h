// The request that an attempt becomes, to the last byte. Pure: the time and the token come in.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "emitters/boot_time.h"
#include "emitters/http/recipe.h"

namespace wakestream::emitters {

struct Request {
  std::string method;
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::int64_t begin_by_ms = no_time_limit;  // boot_ms
};

struct RequestMoment {
  std::chrono::sys_seconds now;
  std::string_view access_token;  // of OAuth 2.0
  Shown shown = Shown::real;
};

// Or why there is none: words without any value of the event. It would be the same at every
// attempt. Where the recipe has a batch, one with this event alone.
tl::expected<Request, std::string> make_request(const Recipe& recipe, const Attempt& attempt,
                                                const RequestMoment& moment);

// With a body that is made already; the rest by `attempt`.
tl::expected<Request, std::string> make_request_around(const Recipe& recipe, const Attempt& attempt,
                                                       std::string body,
                                                       std::string_view content_type,
                                                       const RequestMoment& moment);

// That for an access token.
Request make_token_request(const OAuth2Auth& auth);

}  // namespace wakestream::emitters
