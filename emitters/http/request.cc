#include "emitters/http/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "emitters/http/batch_request.h"
#include "emitters/http/header_name.h"
#include "keys/base64.h"
#include "keys/digest.h"

namespace wakestream::emitters {

namespace {

bool can_be_header(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](unsigned char letter) {
    return (letter < ' ' && letter != '\t') || letter == 0x7F;
  });
}

// Adds what says who sends the request.
class AuthHeaders {
 public:
  AuthHeaders(Request& request, const RequestMoment& moment) : request_(request), moment_(moment) {}

  void operator()(const NoAuth&) const {}
  void operator()(const BearerAuth& auth) const {
    add("Authorization", "Bearer " + hidden(auth.token.reveal()));
  }
  void operator()(const BasicAuth& auth) const {
    add("Authorization",
        "Basic " + hidden(keys::base64(auth.user.reveal() + ":" + auth.password.reveal())));
  }
  void operator()(const OAuth2Auth&) const {
    add("Authorization", "Bearer " + hidden(moment_.access_token));
  }
  void operator()(const HmacAuth& auth) const {
    auto text = request_.body;
    if (!auth.timestamp_header.empty()) {
      const auto time_s = fmt::format("{}", moment_.now.time_since_epoch().count());
      text = time_s + "." + text;
      add(auth.timestamp_header, time_s);
    }
    const auto bytes = auth.digest == HmacAuth::Digest::sha256
                           ? keys::hmac_sha256(auth.key.reveal(), text)
                           : keys::hmac_sha512(auth.key.reveal(), text);
    add(auth.header,
        auth.prefix + hidden(auth.encoding == HmacAuth::Encoding::hex ? keys::hex(bytes)
                                                                      : keys::base64(bytes)));
  }

 private:
  void add(const std::string& name, std::string value) const {
    request_.headers.emplace_back(name, std::move(value));
  }
  std::string hidden(std::string_view secret) const {
    return moment_.shown == Shown::masked ? "***" : std::string(secret);
  }

  Request& request_;
  const RequestMoment& moment_;
};

bool names(const Request& request, std::string_view header) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& one) { return same_header(one.first, header); });
}

void add_webhook_headers(const Recipe& recipe, const Attempt& attempt, const RequestMoment& moment,
                         Request& request) {
  if (recipe.webhook.empty()) return;
  const auto time_s = fmt::format("{}", moment.now.time_since_epoch().count());
  request.headers.emplace_back("webhook-id", attempt.webhook_id);
  request.headers.emplace_back("webhook-timestamp", time_s);
  request.headers.emplace_back(
      "webhook-signature",
      moment.shown == Shown::masked
          ? "***"
          : webhook_signature(recipe.webhook, attempt.webhook_id, time_s, request.body));
}

}  // namespace

tl::expected<Request, std::string> make_request(const Recipe& recipe, const Attempt& attempt,
                                                const RequestMoment& moment) {
  if (recipe.batch) {
    auto item = make_item(recipe, attempt, moment.shown);
    if (!item) return tl::unexpected(std::move(item.error()));
    return make_batch_request(recipe, {&*item, 1}, moment);
  }
  if (!recipe.webhook.empty() && attempt.webhook_id.empty())
    return tl::unexpected(std::string("the event has no id, which a webhook needs"));
  return make_request_around(recipe, attempt, render(recipe.body, attempt, moment.shown),
                             content_type(recipe.body), moment);
}

tl::expected<Request, std::string> make_request_around(const Recipe& recipe, const Attempt& attempt,
                                                       std::string body,
                                                       std::string_view content_type,
                                                       const RequestMoment& moment) {
  Request request{.method = recipe.method};
  auto url = recipe.url.render(attempt, Spelling::percent, moment.shown);
  if (!url)
    return tl::unexpected(
        fmt::format("the URL needs {}, which the event does not have", url.error()));
  request.url = std::move(*url);
  for (const auto& [name, text] : recipe.headers) {
    auto value = text.render(attempt, Spelling::as_it_is, moment.shown);
    if (!value) continue;
    if (!can_be_header(*value))
      return tl::unexpected(fmt::format("the header {} would hold a control character", name));
    request.headers.emplace_back(name, std::move(*value));
  }
  request.body = std::move(body);
  if (!content_type.empty() && !names(request, "content-type"))
    request.headers.emplace_back("Content-Type", content_type);
  if (!names(request, "user-agent")) request.headers.emplace_back("User-Agent", "wakestream");
  std::visit(AuthHeaders(request, moment), recipe.auth);
  add_webhook_headers(recipe, attempt, moment, request);
  return request;
}

Request make_token_request(const OAuth2Auth& auth) {
  Request request{.method = "POST", .url = auth.token_url};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"},
                     {"User-Agent", "wakestream"}};
  const auto id = percent_encoded(auth.client_id.reveal());
  const auto secret = percent_encoded(auth.client_secret.reveal());
  request.body = "grant_type=client_credentials";
  if (auth.in_body)
    request.body += "&client_id=" + id + "&client_secret=" + secret;
  else
    request.headers.emplace_back("Authorization", "Basic " + keys::base64(id + ":" + secret));
  if (!auth.scope.empty()) request.body += "&scope=" + percent_encoded(auth.scope);
  if (!auth.audience.empty()) request.body += "&audience=" + percent_encoded(auth.audience);
  return request;
}

}  // namespace wakestream::emitters
