#include "emitters/http/recipe_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "emitters/http/header_name.h"

namespace wakestream::emitters {

namespace {

constexpr std::size_t bytes_max = 256U << 10U;
constexpr std::size_t headers_max = 50;
constexpr std::size_t webhook_secrets_max = 10;

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char letter) { return letter > ' ' && letter < 0x7F; });
}

class RecipeReader {
 public:
  explicit RecipeReader(yaml::Problems& problems) : problems_(problems) {}

  Recipe read(const YAML::Node& root) {
    yaml::YamlSection section(root, "", problems_);
    Recipe recipe;
    if (!root.IsMap()) return recipe;
    if (section.has("network")) read_network(section.node("network"), recipe.network);
    if (section.has("request"))
      read_request(section.node("request"), recipe);
    else
      problems_.add(root.Mark(), "request is missing: it says where events go");
    if (section.has("auth"))
      recipe.auth = read_auth(section.node("auth"), recipe.network.plain_http, problems_);
    refuse_doubled_headers(recipe, section);
    if (section.has("webhook")) recipe.webhook = read_webhook(section.node("webhook"));
    if (section.has("answers"))
      recipe.answers = read_answers(section.node("answers"), "answers", RulesOf::answer, problems_);
    if (section.has("batch")) read_batch(root, recipe, problems_);
    section.finish();
    return recipe;
  }

 private:
  // What auth sets must not stand in the headers too.
  void refuse_doubled_headers(const Recipe& recipe, const yaml::YamlSection& section) {
    const auto* hmac = std::get_if<HmacAuth>(&recipe.auth);
    if (std::holds_alternative<NoAuth>(recipe.auth)) return;
    for (const auto& [name, text] : recipe.headers) {
      const bool doubled = hmac == nullptr ? same_header(name, "authorization")
                                           : same_header(name, hmac->header) ||
                                                 same_header(name, hmac->timestamp_header);
      if (doubled)
        problems_.add(section.mark("auth"),
                      fmt::format("auth sets the header {}, and so does request.headers", name));
    }
  }

  void read_request(const YAML::Node& node, Recipe& recipe) {
    yaml::YamlSection section(node, "request", problems_);
    if (!node.IsMap()) return;
    recipe.method = section.text("method", "POST");
    constexpr std::array<std::string_view, 5> methods{"POST", "PUT", "PATCH", "DELETE", "GET"};
    if (std::find(methods.begin(), methods.end(), recipe.method) == methods.end())
      problems_.add(section.mark("method"),
                    "request.method must be POST, PUT, PATCH, DELETE or GET");
    read_url(section, recipe);
    if (section.has("headers")) read_headers(section.node("headers"), recipe);
    if (section.has("body")) {
      recipe.body = read_body(section.node("body"), section, problems_);
    } else if (recipe.method == "GET" || recipe.method == "DELETE") {
      recipe.body.kind = BodyTemplate::Kind::none;
    }
    if (recipe.method == "GET" && recipe.body.kind != BodyTemplate::Kind::none)
      problems_.add(section.mark("body"), "request.body: a GET has none");
    section.finish();
  }

  void read_url(yaml::YamlSection& section, Recipe& recipe) {
    if (!section.has("url")) {
      section.text("url");  // says that it is missing
      return;
    }
    const auto before = problems_.count();
    recipe.url = TextTemplate::read(section.node("url"), "request.url", section, problems_);
    if (problems_.count() != before) return;
    const auto wrong = wrong_with_url(recipe.url.fixed_start(), !recipe.url.has_field(),
                                      recipe.network.plain_http);
    if (wrong) problems_.add(section.mark("url"), "request.url " + *wrong);
    for (const auto& part : recipe.url.parts())
      if (part.kind == TextTemplate::Part::Kind::literal && !wrong && !is_visible(part.literal))
        problems_.add(section.mark("url"),
                      "request.url holds a blank or what is not ASCII: write it as %20");
  }

  void read_headers(const YAML::Node& node, Recipe& recipe) {
    yaml::YamlSection section(node, "request.headers", problems_);
    if (!node.IsMap()) return;
    if (node.size() > headers_max) {
      problems_.add(node.Mark(),
                    fmt::format("request.headers has more than {} entries", headers_max));
      return;
    }
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      const auto& name = entry.first.Scalar();
      if (!is_header_name(name)) {
        problems_.add(entry.first.Mark(),
                      fmt::format("request.headers: {} is no header that may be set", name));
        continue;
      }
      recipe.headers.emplace_back(
          name, TextTemplate::read(entry.second, "request.headers." + name, section, problems_));
    }
  }

  std::vector<SigningSecret> read_webhook(const YAML::Node& node) {
    yaml::YamlSection section(node, "webhook", problems_);
    std::vector<SigningSecret> secrets;
    const auto list = section.node("secrets");
    if (node.IsMap() && (!list.IsDefined() || !list.IsSequence() || list.size() == 0 ||
                         list.size() > webhook_secrets_max)) {
      problems_.add(
          section.mark("secrets"),
          fmt::format("webhook.secrets must be a list of 1 to {} secrets", webhook_secrets_max));
    } else if (node.IsMap()) {
      for (const auto& entry : list) {
        const auto before = problems_.count();
        const auto where = fmt::format("webhook.secrets[{}]", secrets.size());
        const auto text = TextTemplate::read(entry, where, section, problems_);
        if (problems_.count() != before) break;
        auto secret = SigningSecret::parse(text.fixed_start());
        if (secret && !text.has_field()) {
          secrets.push_back(std::move(*secret));
          continue;
        }
        problems_.add(entry.Mark(), fmt::format("{} must be whsec_ and base64 of 24 to 64 bytes, "
                                                "or whsk_ and base64 of an Ed25519 private key",
                                                where));
        break;
      }
    }
    section.finish();
    return secrets;
  }

  // A path, relative to the recipe; empty when it is not there.
  std::string file(yaml::YamlSection& section, const std::string& key) {
    auto name = section.text(key, "");
    if (name.empty()) return name;
    return (std::filesystem::path(problems_.file()).parent_path() / name).string();
  }

  void read_client_certificate(yaml::YamlSection& section, NetworkRecipe& network) {
    network.client_cert_file = file(section, "client_cert_file");
    network.client_key_file = file(section, "client_key_file");
    if (section.has("client_key_password"))
      network.client_key_password =
          read_secret(section, "client_key_password", "network.client_key_password", problems_);
    if (section.has("client_cert_file") != section.has("client_key_file"))
      problems_.add(
          section.mark(section.has("client_cert_file") ? "client_cert_file" : "client_key_file"),
          "network.client_cert_file and network.client_key_file go together: it may be one file "
          "that holds both");
    if (section.has("client_key_password") && !section.has("client_key_file"))
      problems_.add(section.mark("client_key_password"),
                    "network.client_key_password is of client_key_file, and there is none");
  }

  void read_network(const YAML::Node& node, NetworkRecipe& network) {
    yaml::YamlSection section(node, "network", problems_);
    if (!node.IsMap()) return;
    std::vector<AddressRange> allowed;
    if (section.has("allow")) {
      const auto texts = section.texts("allow");
      for (const auto& text : texts) {
        if (const auto range = AddressRange::parse(text))
          allowed.push_back(*range);
        else if (!text.empty())
          problems_.add(
              section.mark("allow"),
              fmt::format("network.allow[{}] must be an address or a range, such as 10.1.0.0/16",
                          allowed.size()));
      }
    }
    network.addresses = AddressRules(std::move(allowed));
    network.plain_http = section.boolean("plain_http", false);
    network.ca_file = file(section, "ca_file");
    read_client_certificate(section, network);
    if (section.has("proxy"))
      network.proxy = read_secret(section, "proxy", "network.proxy", problems_);
    const auto proxy = std::string_view(network.proxy.reveal());
    if (!proxy.empty() && !proxy.starts_with("http://") && !proxy.starts_with("https://"))
      problems_.add(section.mark("proxy"), "network.proxy must be an http:// or https:// URL");
    network.connect_timeout = std::chrono::seconds{section.count("connect_timeout_s", 5, 1, 300)};
    network.timeout = std::chrono::seconds{section.count("timeout_s", 30, 1, 300)};
    network.in_flight_max =
        static_cast<std::size_t>(section.count("in_flight_max", 100, 1, 10'000));
    network.answer_bytes_max = section.size("answer_bytes_max", 64U << 10U, 1U << 10U, 16U << 20U);
    section.finish();
  }

  yaml::Problems& problems_;
};

}  // namespace

std::optional<std::string> wrong_with_url(std::string_view start, bool whole, bool plain_http) {
  std::string_view rest = start;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    if (!plain_http)
      return "begins with http://, which nobody protects: https://, or network.plain_http: true";
    rest.remove_prefix(7);
  } else {
    return "must begin with https://";
  }
  const auto end = rest.find_first_of("/?#");
  const auto authority = rest.substr(0, end);
  if (end == std::string_view::npos && !whole)
    return "has a field in its host: an event does not decide where it goes";
  if (authority.empty()) return "has no host";
  if (authority.find('@') != std::string_view::npos)
    return "holds a user or a password: they belong into auth.basic";
  if (!is_visible(start)) return "holds a blank or what is not ASCII: write it as %20";
  return std::nullopt;
}

tl::expected<Recipe, std::vector<yaml::Problem>> parse_recipe(std::string_view text,
                                                              const std::string& file) {
  yaml::Problems problems(file, text);
  Recipe recipe;
  // yaml-cpp reports syntax errors by exceptions; they end here.
  try {
    if (text.size() > bytes_max)
      problems.add_at(1, 1, fmt::format("the recipe is larger than {} bytes", bytes_max));
    else
      recipe = RecipeReader(problems).read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    problems.add_syntax_error(error);
  }
  if (!problems.none()) return tl::unexpected(problems.take());
  return recipe;
}

tl::expected<Recipe, std::vector<yaml::Problem>> load_recipe(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    return tl::unexpected(
        std::vector<yaml::Problem>{{path, 0, 0, "the recipe cannot be read: name its file", {}}});
  return parse_recipe(text, path);
}

}  // namespace wakestream::emitters
