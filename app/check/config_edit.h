// Edits of the user's files, as exact as a patch: where, what stands there, what must.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/check/facts.h"
#include "app/check/finding.h"

namespace wakestream::check {

// Sets the key at `path` ("source.slot_name") to `value`, which must be a plain word: a new value
// for the one that stands there, or a new line at the head of its section. Nothing when the file
// is not written in a way in which that is one edit.
std::optional<Mend> set_config(const FileFacts& file, std::string_view path,
                               const std::string& value);

// `new_text` for `old_text` at a place of a file; nothing when something else stands there.
// `column` counts characters, as rule errors do; the edit counts bytes.
std::optional<Mend> replace_at(const FileFacts& file, int line, int column,
                               const std::string& old_text, const std::string& new_text);

// The word that stands at a place of a file: up to a blank, a comma, a colon or a bracket.
std::string word_at(const FileFacts& file, int line, int column);

}  // namespace wakestream::check
