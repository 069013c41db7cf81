#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "emitters/http/header_name.h"
#include "emitters/http/recipe_reader.h"

namespace wakestream::emitters {

namespace {

class AuthReader {
 public:
  AuthReader(const YAML::Node& node, yaml::Problems& problems)
      : node_(node), section_(node, "auth", problems), problems_(problems) {}

  Auth read(bool plain_http) {
    if (!node_.IsMap()) return {};
    plain_http_ = plain_http;
    const auto kinds = std::count_if(names.begin(), names.end(),
                                     [&](const auto* name) { return section_.has(name); });
    Auth auth;
    if (section_.has("bearer")) {
      auth = BearerAuth{header_secret(section_, "bearer", "auth.bearer")};
    } else if (section_.has("basic")) {
      auth = basic(section_.node("basic"));
    } else if (section_.has("hmac")) {
      auth = hmac(section_.node("hmac"));
    } else if (section_.has("oauth2")) {
      auth = oauth2(section_.node("oauth2"));
    }
    if (kinds > 1) problems_.add(node_.Mark(), "auth has more than one kind: one is used");
    section_.finish();
    if (kinds == 0 && problems_.none())
      problems_.add(node_.Mark(), "auth must be one of bearer, basic, hmac, oauth2");
    return auth;
  }

 private:
  static constexpr std::array<const char*, 4> names{"bearer", "basic", "hmac", "oauth2"};

  // A secret that becomes part of a header.
  keys::Secret header_secret(yaml::YamlSection& section, const std::string& key,
                             const std::string& where) {
    auto secret = read_secret(section, key, where, problems_);
    const auto& text = secret.reveal();
    if (std::any_of(text.begin(), text.end(),
                    [](unsigned char letter) { return letter < ' ' || letter == 0x7F; }))
      problems_.add(section.mark(key),
                    fmt::format("{} has a line end or another control character in it", where));
    return secret;
  }

  BasicAuth basic(const YAML::Node& node) {
    yaml::YamlSection section(node, "auth.basic", problems_);
    BasicAuth auth{header_secret(section, "user", "auth.basic.user"),
                   header_secret(section, "password", "auth.basic.password")};
    if (auth.user.reveal().find(':') != std::string::npos)
      problems_.add(section.mark("user"), "auth.basic.user must not hold a colon");
    section.finish();
    return auth;
  }

  // One of two words; the first when it is not there.
  bool is_second(yaml::YamlSection& section, const std::string& key, const std::string& where,
                 const std::string& first, const std::string& second) {
    const auto word = section.text(key, first);
    if (word != first && word != second)
      problems_.add(section.mark(key), fmt::format("{} must be {} or {}", where, first, second));
    return word == second;
  }

  std::string header_name(yaml::YamlSection& section, const std::string& key,
                          const std::optional<std::string>& fallback) {
    auto name = section.text(key, fallback);
    if (!name.empty() && !is_header_name(name))
      problems_.add(section.mark(key),
                    fmt::format("auth.hmac.{} is no header that may be set", key));
    return name;
  }

  HmacAuth hmac(const YAML::Node& node) {
    yaml::YamlSection section(node, "auth.hmac", problems_);
    HmacAuth auth;
    auth.key = read_secret(section, "key", "auth.hmac.key", problems_);
    auth.header = header_name(section, "header", std::nullopt);
    if (is_second(section, "digest", "auth.hmac.digest", "sha256", "sha512"))
      auth.digest = HmacAuth::Digest::sha512;
    if (is_second(section, "encoding", "auth.hmac.encoding", "hex", "base64"))
      auth.encoding = HmacAuth::Encoding::base64;
    auth.prefix = section.text("prefix", "");
    auth.timestamp_header = header_name(section, "timestamp_header", "");
    section.finish();
    return auth;
  }

  OAuth2Auth oauth2(const YAML::Node& node) {
    yaml::YamlSection section(node, "auth.oauth2", problems_);
    OAuth2Auth auth;
    auth.token_url = section.text("token_url");
    const auto wrong = wrong_with_url(auth.token_url, true, plain_http_);
    if (wrong && !auth.token_url.empty())
      problems_.add(section.mark("token_url"), "auth.oauth2.token_url " + *wrong);
    auth.client_id = read_secret(section, "client_id", "auth.oauth2.client_id", problems_);
    auth.client_secret =
        read_secret(section, "client_secret", "auth.oauth2.client_secret", problems_);
    auth.scope = section.text("scope", "");
    auth.audience = section.text("audience", "");
    auth.in_body =
        is_second(section, "credentials_in", "auth.oauth2.credentials_in", "header", "body");
    section.finish();
    return auth;
  }

  YAML::Node node_;
  yaml::YamlSection section_;
  yaml::Problems& problems_;
  bool plain_http_ = false;
};

}  // namespace

Auth read_auth(const YAML::Node& node, bool plain_http, yaml::Problems& problems) {
  return AuthReader(node, problems).read(plain_http);
}

}  // namespace wakestream::emitters
