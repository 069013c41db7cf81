#include "yaml/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <utility>

namespace wakestream::yaml {

namespace {

// How many letters must change to make one word of the other (Levenshtein).
std::size_t distance(const std::string& left, const std::string& right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t at = 1; at <= left.size(); ++at) {
    std::size_t diagonal = std::exchange(row[0], at);
    for (std::size_t to = 1; to <= right.size(); ++to) {
      const auto above = row[to];
      row[to] = std::min(
          {above + 1, row[to - 1] + 1, diagonal + (left[at - 1] == right[to - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest(const std::string& word, const std::set<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;
  for (const auto& candidate : known) {
    if (const auto steps = distance(word, candidate); steps < best_distance) {
      best = candidate;
      best_distance = steps;
    }
  }
  return best;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

void Problems::add_syntax_error(const YAML::Exception& error) {
  // What follows a colon in yaml-cpp's text is quoted from the file, and so may be a secret.
  add(error.mark, "the file is not YAML: " + error.msg.substr(0, error.msg.find(':')));
}

void Problems::add_at(int line, int column, std::string message) {
  list_.push_back({file_, line, column, std::move(message), {}});
}

void Problems::add(const YAML::Mark& mark, std::string message, std::string instead) {
  Problem problem{file_, 0, 0, std::move(message), std::move(instead)};
  if (!mark.is_null()) {
    problem.line = mark.line + 1;
    problem.column = mark.column + 1;
    // yaml-cpp counts bytes: those that go on with a character do not count.
    const auto end = std::min(static_cast<std::size_t>(mark.pos), text_.size());
    for (auto at = end - std::min(end, static_cast<std::size_t>(mark.column)); at < end; ++at)
      if ((static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U) --problem.column;
  }
  list_.push_back(std::move(problem));
}

YamlSection::YamlSection(const YAML::Node& node, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems) {
  if (!node_.IsMap()) {
    problems_.add(node_.Mark(), path_.empty()
                                    ? "the file must be a mapping of keys to values"
                                    : fmt::format("{} must be a mapping of keys to values", path_));
    node_.reset(YAML::Node(YAML::NodeType::Map));  // "=" would change the caller's node too
    is_mapping_ = false;
    return;
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.add(entry.first.Mark(), "a key must be a plain word");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      problems_.add(entry.first.Mark(),
                    fmt::format("{} is given twice", where(entry.first.Scalar())));
    }
  }
}

bool YamlSection::has(const std::string& key) { return node(key).IsDefined(); }

YAML::Node YamlSection::node(const std::string& key) {
  asked_.insert(key);
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

YAML::Mark YamlSection::mark(const std::string& key) const {
  for (const auto& entry : node_) {
    // yaml-cpp puts a value that is not there behind it, on the next line.
    if (entry.first.IsScalar() && entry.first.Scalar() == key)
      return entry.second.IsNull() ? entry.first.Mark() : entry.second.Mark();
  }
  return node_.Mark();
}

std::optional<std::string> YamlSection::referred_to(std::string_view reference,
                                                    const YAML::Mark& mark,
                                                    const std::string& where) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    if (const char* value = std::getenv(name.c_str())) return value;
    problems_.add(mark,
                  fmt::format("{}: the environment variable {} is not set: set it before the start",
                              where, name));
  } else if (reference.starts_with("file:")) {
    const auto path = std::filesystem::path(problems_.file()).parent_path() / reference.substr(5);
    std::ifstream file(path);
    std::stringstream content;
    if (file && (content << file.rdbuf())) {
      auto value = content.str();
      if (value.ends_with('\n')) value.pop_back();
      return value;
    }
    problems_.add(mark, fmt::format("{}: the file {} cannot be read", where, path.string()));
  } else {
    problems_.add(mark, fmt::format("{}: a reference is ${{env:NAME}} or ${{file:PATH}}", where));
  }
  return std::nullopt;
}

std::string YamlSection::expand(const YAML::Node& scalar, const std::string& where) {
  const auto& raw = scalar.Scalar();
  if (problems_.references() == References::left_alone) return raw;
  std::string text;
  std::size_t at = 0;
  while (true) {
    const auto begin = raw.find("${", at);
    text += raw.substr(at, begin - at);
    if (begin == std::string::npos) return text;
    const auto end = raw.find('}', begin);
    const auto reference =
        end == std::string::npos ? std::string() : raw.substr(begin + 2, end - begin - 2);
    const auto value = referred_to(reference, scalar.Mark(), where);
    if (!value) return {};
    text += *value;
    at = end + 1;
  }
}

std::string YamlSection::text(const std::string& key, const std::optional<std::string>& fallback) {
  const auto value = node(key);
  if (!value.IsDefined()) {
    if (!fallback && is_mapping_)
      problems_.add(node_.Mark(), fmt::format("{} is missing", where(key)));
    return fallback.value_or("");
  }
  if (!value.IsScalar() || value.Scalar().empty()) {
    problems_.add(mark(key), fmt::format("{} must be a text", where(key)));
    return fallback.value_or("");
  }
  const auto problems_before = problems_.count();
  auto expanded = expand(value, where(key));
  if (expanded.empty() && problems_.count() == problems_before) {
    problems_.add(mark(key),
                  fmt::format("{} is empty: what it refers to has no content", where(key)));
  }
  return expanded;
}

bool YamlSection::boolean(const std::string& key, bool fallback) {
  const auto value = node(key);
  if (!value.IsDefined()) return fallback;
  const auto word = value.IsScalar() ? expand(value, where(key)) : std::string();
  if (word == "true") return true;
  if (word == "false") return false;
  problems_.add(value.Mark(), fmt::format("{} must be true or false", where(key)),
                fallback ? "true" : "false");
  return fallback;
}

std::int64_t YamlSection::count(const std::string& key, std::int64_t fallback, std::int64_t low,
                                std::int64_t high) {
  const auto value = node(key);
  if (!value.IsDefined()) return fallback;
  const auto digits = value.IsScalar() ? expand(value, where(key)) : std::string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
      number < low || number > high) {
    problems_.add(value.Mark(),
                  fmt::format("{} must be a whole number from {} to {}", where(key), low, high),
                  fmt::format("{}", fallback));
    return fallback;
  }
  return number;
}

std::uint64_t YamlSection::size(const std::string& key, std::uint64_t fallback, std::uint64_t low,
                                std::uint64_t high) {
  const auto value = node(key);
  if (!value.IsDefined()) return fallback;
  const auto word = value.IsScalar() ? expand(value, where(key)) : std::string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const std::string unit(end, word.data() + word.size());
  const int shift = unit.empty() || unit == "B" ? 0
                    : unit == "KiB"             ? 10
                    : unit == "MiB"             ? 20
                    : unit == "GiB"             ? 30
                                                : -1;
  if (error != std::errc{} || shift < 0 || number > (UINT64_MAX >> 31U) ||
      (number << shift) < low || (number << shift) > high) {
    problems_.add(value.Mark(),
                  fmt::format("{} must be a size from {} bytes to {} bytes, such as 64KiB or 1MiB",
                              where(key), low, high),
                  fmt::format("{}", fallback));
    return fallback;
  }
  return number << shift;
}

std::optional<std::chrono::seconds> YamlSection::duration(const std::string& key,
                                                          std::chrono::seconds low,
                                                          std::chrono::seconds high) {
  const auto value = node(key);
  if (!value.IsDefined()) return std::nullopt;
  const auto word = value.IsScalar() ? expand(value, where(key)) : std::string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const std::string unit(end, word.data() + word.size());
  const std::int64_t seconds = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3'600
                               : unit == "d" ? 86'400
                                             : 0;
  const auto most = high.count();
  if (error != std::errc{} || seconds == 0 || number < 0 || number > most / seconds ||
      number * seconds < low.count()) {
    problems_.add(value.Mark(),
                  fmt::format("{} must be a time from {} s to {} days, such as 36h or 7d",
                              where(key), low.count(), most / 86'400));
    return std::nullopt;
  }
  return std::chrono::seconds{number * seconds};
}

std::vector<std::string> YamlSection::texts(const std::string& key) {
  const auto value = node(key);
  std::vector<std::string> list;
  if (!value.IsDefined()) {
    if (is_mapping_) problems_.add(node_.Mark(), fmt::format("{} is missing", where(key)));
    return list;
  }
  if (!value.IsSequence() || value.size() == 0) {
    problems_.add(mark(key),
                  fmt::format("{} must be a list of texts with at least one entry", where(key)));
    return list;
  }
  for (const auto& entry : value) {
    if (entry.IsScalar() && !entry.Scalar().empty()) {
      list.push_back(expand(entry, where(key)));
    } else {
      problems_.add(entry.Mark(), fmt::format("{} must be a list of texts", where(key)));
    }
  }
  return list;
}

void YamlSection::finish() {
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || asked_.contains(entry.first.Scalar())) continue;
    const auto& key = entry.first.Scalar();
    const auto best = nearest(key, asked_);
    problems_.add(entry.first.Mark(),
                  best.empty()
                      ? fmt::format("{} is not known; known here: {}", where(key), joined(asked_))
                      : fmt::format("{} is not known; did you mean {}?", where(key), best),
                  best);
  }
}

}  // namespace wakestream::yaml
