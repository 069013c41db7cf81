#include "policy/word_list.h"

#include <fmt/format.h>

#include "mapping/nearest_name.h"
#include "policy/day.h"

namespace wakestream::policy {

std::vector<Word> words_of(yaml::YamlSection& section, const std::string& key,
                           const std::string& where, yaml::Problems& problems) {
  const auto node = section.node(key);
  std::vector<Word> words;
  if (!node.IsDefined()) return words;
  if (node.IsScalar() && !node.Scalar().empty()) return {{node.Scalar(), node.Mark()}};
  if (!node.IsSequence() || node.size() == 0) {
    problems.add(section.mark(key), fmt::format("{} must be a word or a list of words", where));
    return words;
  }
  for (const auto& entry : node) {
    if (entry.IsScalar() && !entry.Scalar().empty())
      words.push_back({entry.Scalar(), entry.Mark()});
    else
      problems.add(entry.Mark(), fmt::format("{} must be a list of words", where));
  }
  return words;
}

std::optional<NameId> look_up(const Word& word, std::string_view kind, const Find& find,
                              const std::vector<std::string>& known, yaml::Problems& problems) {
  if (const auto id = find(word.text)) return id;
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const auto nearest = mapping::nearest_name(word.text, candidates);
  problems.add(word.mark,
               nearest.empty()
                   ? fmt::format("there is no {} {}: declare it", kind, word.text)
                   : fmt::format("there is no {} {}; did you mean {}?", kind, word.text, nearest),
               std::string(nearest));
  return std::nullopt;
}

std::vector<NameId> look_up(const std::vector<Word>& words, std::string_view kind, const Find& find,
                            const std::vector<std::string>& known, yaml::Problems& problems) {
  std::vector<NameId> ids;
  for (const auto& word : words)
    if (const auto id = look_up(word, kind, find, known, problems)) ids.push_back(*id);
  return ids;
}

std::vector<NameId> look_up(const std::vector<Word>& words, std::string_view kind,
                            const NameTable& table, yaml::Problems& problems) {
  return look_up(
      words, kind, [&](std::string_view name) { return table.find(name); }, table.names(),
      problems);
}

std::optional<std::chrono::sys_days> day_of(yaml::YamlSection& section, const std::string& key,
                                            const std::string& where, yaml::Problems& problems) {
  const auto node = section.node(key);
  if (!node.IsDefined()) return std::nullopt;
  if (node.IsScalar())
    if (const auto day = parse_day(node.Scalar())) return day;
  problems.add(section.mark(key),
               fmt::format("{} must be a day from 1970 on, such as 2026-01-01", where));
  return std::nullopt;
}

}  // namespace wakestream::policy
