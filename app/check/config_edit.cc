#include "app/check/config_edit.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <vector>

namespace wakestream::check {

namespace {

// Where a line begins in the text; npos behind the last.
std::size_t start_of(std::string_view text, int line) {
  std::size_t at = 0;
  for (int passed = 1; passed < line; ++passed) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) return std::string_view::npos;
    at = end + 1;
  }
  return at;
}

std::size_t bytes_of(std::string_view line, int characters) {
  std::size_t at = 0;
  for (int passed = 0; passed < characters && at < line.size(); ++passed) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at;
}

Mend edit_of(const FileFacts& file, int line, int column, std::string old_text,
             std::string new_text) {
  Mend mend;
  mend.kind = Mend::Kind::edit;
  mend.file = file.path;
  mend.line = line;
  mend.column = column;
  mend.old_text = std::move(old_text);
  mend.new_text = std::move(new_text);
  return mend;
}

// The text from a place on, to the end of the file; `byte` counts from 0 in the line.
std::optional<std::string_view> text_from(const FileFacts& file, int line, std::size_t byte) {
  const std::string_view text = file.text;
  const auto start = start_of(text, line);
  if (start == std::string_view::npos || start + byte > text.size()) return std::nullopt;
  return text.substr(start + byte);
}

std::optional<Mend> replace_bytes(const FileFacts& file, int line, std::size_t byte,
                                  const std::string& old_text, const std::string& new_text) {
  const auto there = text_from(file, line, byte);
  if (!there || !there->starts_with(old_text)) return std::nullopt;
  return edit_of(file, line, static_cast<int>(byte) + 1, old_text, new_text);
}

// Rules and problems count characters.
std::optional<std::size_t> byte_of(const FileFacts& file, int line, int column) {
  const auto there = text_from(file, line, 0);
  if (!there || column < 1) return std::nullopt;
  return bytes_of(there->substr(0, there->find('\n')), column - 1);
}

std::vector<std::string> keys_of(std::string_view path) {
  std::vector<std::string> keys;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    keys.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return keys;
}

struct Entry {
  YAML::Node key;
  YAML::Node value;
};

std::optional<Entry> find_entry(const YAML::Node& map, const std::string& key) {
  for (const auto& entry : map) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key)
      return Entry{entry.first, entry.second};
  }
  return std::nullopt;
}

// The value as it is written: bare, or in quotes.
std::optional<Mend> replace_value(const FileFacts& file, const YAML::Node& value,
                                  const std::string& text) {
  if (!value.IsScalar()) return std::nullopt;
  const auto mark = value.Mark();  // yaml-cpp counts bytes
  for (const char* quote : {"", "\"", "'"}) {
    const auto written = quote + value.Scalar() + quote;
    if (auto edit = replace_bytes(file, mark.line + 1, static_cast<std::size_t>(mark.column),
                                  written, text))
      return edit;
  }
  return std::nullopt;
}

std::optional<Mend> set_in(const FileFacts& file, const std::vector<std::string>& keys,
                           const std::string& text) {
  auto map = YAML::Load(file.text);
  for (std::size_t depth = 0; depth + 1 < keys.size(); ++depth) {
    const auto entry = find_entry(map, keys[depth]);
    if (!entry || !entry->value.IsMap()) return std::nullopt;
    map.reset(entry->value);
  }
  if (!map.IsMap() || map.size() == 0) return std::nullopt;
  if (const auto entry = find_entry(map, keys.back()))
    return replace_value(file, entry->value, text);
  // A new entry before the first one, which shows how this section is written.
  const auto first = map.begin()->first.Mark();
  const bool inline_map = map.Style() == YAML::EmitterStyle::Flow;
  const auto separator =
      inline_map ? ", " : "\n" + std::string(static_cast<std::size_t>(first.column), ' ');
  return edit_of(file, first.line + 1, first.column + 1, "",
                 fmt::format("{}: {}{}", keys.back(), text, separator));
}

}  // namespace

std::optional<Mend> set_config(const FileFacts& file, std::string_view path,
                               const std::string& value) {
  // yaml-cpp reports what it cannot read by exceptions; that file has findings of its own.
  try {
    return set_in(file, keys_of(path), value);
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

std::optional<Mend> replace_at(const FileFacts& file, int line, int column,
                               const std::string& old_text, const std::string& new_text) {
  const auto byte = byte_of(file, line, column);
  if (!byte) return std::nullopt;
  return replace_bytes(file, line, *byte, old_text, new_text);
}

std::string word_at(const FileFacts& file, int line, int column) {
  const auto byte = byte_of(file, line, column);
  const auto there = byte ? text_from(file, line, *byte) : std::nullopt;
  return there ? std::string(there->substr(0, there->find_first_of(" \t\r\n,:]}#")))
               : std::string();
}

}  // namespace wakestream::check
