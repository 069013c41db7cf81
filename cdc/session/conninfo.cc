#include "cdc/session/conninfo.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace wakestream::cdc {

namespace {

struct OptionsEnd {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using OptionsPtr = std::unique_ptr<PQconninfoOption, OptionsEnd>;

void add_all(const PQconninfoOption* options, ConninfoParameters& parameters) {
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.set(option->keyword, option->val);
  }
}

Error not_understood(const char* why) {
  return {ErrorKind::access_denied, std::string("source.url ") + why, {}};
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  if (list.empty()) return parts;
  std::size_t begin = 0;
  while (true) {
    const auto end = list.find(',', begin);
    parts.push_back(list.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

// In a URI whose password holds a character that it must not, libpq takes the rest of the password
// for a host, a port or a database, and would name it when it is not found.
const char* what_looks_like_a_password(const ConninfoParameters& given) {
  constexpr const char* unescaped =
      "has an @ where the host or the database should be: in a URI the password's @, / and % are "
      "written %40, %2F and %25";
  for (const auto* name : {"host", "dbname"}) {
    if (given.get(name).find('@') != std::string::npos) return unescaped;
  }
  const auto port = given.get("port");
  if (port.find_first_not_of("0123456789,") != std::string::npos)
    return "has a port that is no number: in a URI the password's @, / and % are written %40, %2F "
           "and %25";
  return nullptr;
}

}  // namespace

Result<ConninfoParameters> ConninfoParameters::parse(const std::string& conninfo) {
  char* problem = nullptr;
  const OptionsPtr parsed(PQconninfoParse(conninfo.c_str(), &problem));
  if (!parsed) {
    // libpq's text may quote a part of the string, and so a password.
    PQfreemem(problem);
    return tl::make_unexpected(not_understood("is not a libpq connection string or URI"));
  }
  ConninfoParameters parameters;
  add_all(parsed.get(), parameters);
  if (const char* why = what_looks_like_a_password(parameters))
    return tl::make_unexpected(not_understood(why));
  return parameters;
}

std::string ConninfoParameters::text() const {
  std::string text;
  for (const auto& [name, value] : entries_) {
    text += (text.empty() ? "" : " ") + name + "='";
    for (const char byte : value) {
      if (byte == '\'' || byte == '\\') text += '\\';
      text += byte;
    }
    text += '\'';
  }
  return text;
}

std::vector<ConninfoParameters> ConninfoParameters::of_each_host() const {
  const auto names = parts_of(get("host"));
  const auto addresses = parts_of(get("hostaddr"));
  const auto ports = parts_of(get("port"));
  const auto count = std::max(names.size(), addresses.size());
  // What does not go together is said by libpq.
  const auto fits = [count](const auto& list) { return list.empty() || list.size() == count; };
  if (count < 2 || !fits(names) || !fits(addresses) || (ports.size() > 1 && !fits(ports)))
    return {*this};
  std::vector<ConninfoParameters> hosts(count, *this);
  for (std::size_t at = 0; at < count; ++at) {
    if (!names.empty()) hosts[at].set("host", names[at]);
    if (!addresses.empty()) hosts[at].set("hostaddr", addresses[at]);
    if (ports.size() > 1) hosts[at].set("port", ports[at]);
  }
  if (get("target_session_attrs") != "prefer-standby") return hosts;
  auto all = hosts;
  for (auto& host : all) host.set("target_session_attrs", "standby");
  for (auto& host : hosts) host.set("target_session_attrs", "any");
  all.insert(all.end(), hosts.begin(), hosts.end());
  return all;
}

void ConninfoParameters::set(const std::string& name, const std::string& value) {
  const auto known = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (known != entries_.end()) {
    known->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
}

std::string ConninfoParameters::get(const std::string& name) const {
  for (const auto& [known, value] : entries_) {
    if (known == name) return value;
  }
  return {};
}

Result<ConninfoFacts> describe_conninfo(const std::string& conninfo) {
  const auto given = ConninfoParameters::parse(conninfo);
  if (!given) return tl::make_unexpected(given.error());
  ConninfoParameters all;
  const OptionsPtr defaults(PQconndefaults());
  add_all(defaults.get(), all);
  for (const auto& [name, value] : given->all()) all.set(name, value);
  ConninfoFacts facts;
  facts.host = all.get("host").empty() ? all.get("hostaddr") : all.get("host");
  facts.port = all.get("port");
  facts.user = all.get("user");
  facts.database = all.get("dbname").empty() ? facts.user : all.get("dbname");
  facts.sslmode = all.get("sslmode");
  facts.sslrootcert = all.get("sslrootcert");
  facts.holds_password = !given->get("password").empty();
  return facts;
}

}  // namespace wakestream::cdc
