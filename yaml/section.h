// One mapping of a YAML file, read key by key: what was not asked for is an unknown key.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/problem.h"

namespace wakestream::yaml {

// May a value refer to the environment and to files (${env:NAME}, ${file:PATH})?
enum class References : std::uint8_t { resolved, left_alone };

// The problems of one file, in the order in which they were found.
class Problems {
 public:
  // `text` is the file's, and outlives this object.
  Problems(std::string file, std::string_view text, References references = References::resolved)
      : file_(std::move(file)), text_(text), references_(references) {}
  void add(const YAML::Mark& mark, std::string message, std::string instead = {});
  // The same at a place that is counted as problems are: from 1, in characters.
  void add_at(int line, int column, std::string message);
  void add_syntax_error(const YAML::Exception& error);
  const std::string& file() const { return file_; }
  References references() const { return references_; }
  std::vector<Problem> take() { return std::move(list_); }
  bool none() const { return list_.empty(); }
  std::size_t count() const { return list_.size(); }

 private:
  std::string file_;
  std::string_view text_;
  References references_;
  std::vector<Problem> list_;
};

class YamlSection {
 public:
  // `path` names the section in problems: "source". Reports duplicate keys, and a node that is not
  // a mapping.
  YamlSection(const YAML::Node& node, std::string path, Problems& problems);

  // As all below, it counts as asking for the key.
  bool has(const std::string& key);
  YAML::Node node(const std::string& key);
  YAML::Mark mark(const std::string& key) const;

  // Each reports what is wrong and then returns the fallback. A key without a fallback must be
  // there.
  std::string text(const std::string& key,
                   const std::optional<std::string>& fallback = std::nullopt);
  bool boolean(const std::string& key, bool fallback);
  std::int64_t count(const std::string& key, std::int64_t fallback, std::int64_t low,
                     std::int64_t high);
  // "64KiB", "1MiB", "1GiB" or plain bytes.
  std::uint64_t size(const std::string& key, std::uint64_t fallback, std::uint64_t low,
                     std::uint64_t high);
  // "90s", "45m", "36h" or "7d"; nothing when it is not there.
  std::optional<std::chrono::seconds> duration(const std::string& key, std::chrono::seconds low,
                                               std::chrono::seconds high);
  std::vector<std::string> texts(const std::string& key);

  // Must be called last: every key that nobody asked for is a problem.
  void finish();

  // The value with its references resolved, where they may be; a problem and an empty text when
  // that fails.
  std::string expand(const YAML::Node& scalar, const std::string& where);
  // What `env:NAME` or `file:PATH` stands for; nothing after a problem.
  std::optional<std::string> referred_to(std::string_view reference, const YAML::Mark& mark,
                                         const std::string& where);

 private:
  std::string where(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

  bool is_mapping_ = true;  // else what is missing in it is not reported too
  YAML::Node node_;
  std::string path_;
  Problems& problems_;
  std::set<std::string> asked_;
};

}  // namespace wakestream::yaml
