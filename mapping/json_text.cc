#include "mapping/json_text.h"

#include <array>
#include <cstring>

namespace wakestream::mapping {

namespace {

bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Walks over a text from left to right; every step says whether the text is as it must be.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool take(char wanted) {
    if (peek() != wanted || at_end()) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  // With its quotes.
  bool take_string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const auto letter = text_[at_++];
      if (letter == '"') return true;
      if (static_cast<unsigned char>(letter) < 0x20) return false;
      if (letter == '\\' && !take_escape()) return false;
    }
    return false;
  }

  bool take_value() {
    closers_.clear();
    while (true) {
      skip_blanks();
      if (peek() == '{' || peek() == '[') {
        const bool object = peek() == '{';
        ++at_;
        skip_blanks();
        const char closer = object ? '}' : ']';
        if (!take(closer)) {
          closers_.push_back(closer);
          if (object && !take_key()) return false;
          continue;
        }
      } else if (!take_scalar()) {
        return false;
      }
      if (!close_containers()) return false;
      if (closers_.empty()) return true;
      if (closers_.back() == '}' && !take_key()) return false;
    }
  }

  // A key and its colon.
  bool take_key() {
    skip_blanks();
    if (!take_string()) return false;
    skip_blanks();
    return take(':');
  }

 private:
  // Behind a value: closes what ends here, and takes the comma before the next value. False:
  // neither.
  bool close_containers() {
    while (!closers_.empty()) {
      skip_blanks();
      if (take(',')) return true;
      if (!take(closers_.back())) return false;
      closers_.pop_back();
    }
    return true;
  }

  bool take_escape() {
    const auto letter = peek();
    if (at_end()) return false;
    ++at_;
    if (letter != 'u') return std::string_view("\"\\/bfnrt").find(letter) != std::string_view::npos;
    for (int digit = 0; digit < 4; ++digit, ++at_) {
      const auto hex = peek();
      const bool is_hex = is_digit(hex) || (hex >= 'a' && hex <= 'f') || (hex >= 'A' && hex <= 'F');
      if (!is_hex) return false;
    }
    return true;
  }

  bool take_digits() {
    const auto start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool take_number() {
    take('-');
    if (!take('0') && !take_digits()) return false;
    if (take('.') && !take_digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return take_digits();
    }
    return true;
  }

  bool take_scalar() {
    switch (peek()) {
      case '"':
        return take_string();
      case 't':
        return take_word("true");
      case 'f':
        return take_word("false");
      case 'n':
        return take_word("null");
      default:
        return take_number();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string closers_;  // short enough for no allocation at the usual depth
};

constexpr JsonFound malformed{JsonFound::Outcome::malformed, {}};
constexpr JsonFound absent{JsonFound::Outcome::absent, {}};

template <class Take>
std::optional<std::int64_t> walk_items(std::string_view text, const Take& take) {
  Cursor cursor(text);
  cursor.skip_blanks();
  if (!cursor.take('[')) return std::nullopt;
  cursor.skip_blanks();
  if (cursor.take(']')) return 0;
  std::int64_t count = 0;
  do {
    cursor.skip_blanks();
    const auto start = cursor.at();
    if (!cursor.take_value()) return std::nullopt;
    take(text.substr(start, cursor.at() - start));
    ++count;
    cursor.skip_blanks();
  } while (cursor.take(','));
  return cursor.take(']') ? std::optional(count) : std::nullopt;
}

int hex_value(char digit) {
  if (is_digit(digit)) return digit - '0';
  return (digit | 0x20) - 'a' + 10;
}

unsigned code_unit(std::string_view digits) {
  unsigned value = 0;
  for (const char digit : digits.substr(0, 4))
    value = value * 16 + static_cast<unsigned>(hex_value(digit));
  return value;
}

void append_utf8(unsigned code, std::string& out) {
  const auto add = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0U | code >> 6U);
    add(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0U | code >> 12U);
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  } else {
    add(0xF0U | code >> 18U);
    add(0x80U | (code >> 12U & 0x3FU));
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  }
}

// `rest` starts behind "\u". Returns how many bytes were read; 0 when it is no character.
std::size_t append_unicode(std::string_view rest, std::string& out) {
  const auto high = code_unit(rest);
  if (high < 0xD800 || high > 0xDFFF) {
    append_utf8(high, out);
    return 4;
  }
  if (high > 0xDBFF || rest.substr(4, 2) != "\\u") return 0;
  const auto low = code_unit(rest.substr(6));
  if (low < 0xDC00 || low > 0xDFFF) return 0;
  append_utf8(0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00), out);
  return 10;
}

bool must_escape(char letter) {
  return static_cast<unsigned char>(letter) < 0x20 || letter == '"' || letter == '\\';
}

// Is there a byte to escape among these eight? May say yes for none.
bool may_hold_escape(std::uint64_t word) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  const auto below_blank = (word - ones * 0x20) & ~word;
  const auto quote = word ^ (ones * '"');
  const auto backslash = word ^ (ones * '\\');
  return ((below_blank | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs) !=
         0;
}

std::size_t plain_length(std::string_view text) {
  std::size_t at = 0;
  while (at + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if (may_hold_escape(word)) break;
    at += 8;
  }
  while (at < text.size() && !must_escape(text[at])) ++at;
  return at;
}

}  // namespace

bool is_json(std::string_view text) {
  Cursor cursor(text);
  if (!cursor.take_value()) return false;
  cursor.skip_blanks();
  return cursor.at_end();
}

JsonFound json_member(std::string_view text, std::string_view quoted_key) {
  Cursor cursor(text);
  cursor.skip_blanks();
  if (!cursor.take('{')) return is_json(text) ? absent : malformed;
  cursor.skip_blanks();
  if (cursor.take('}')) return absent;
  do {
    cursor.skip_blanks();
    const auto key_start = cursor.at();
    if (!cursor.take_string()) return malformed;
    const bool wanted = text.substr(key_start, cursor.at() - key_start) == quoted_key;
    cursor.skip_blanks();
    if (!cursor.take(':')) return malformed;
    cursor.skip_blanks();
    const auto start = cursor.at();
    if (!cursor.take_value()) return malformed;
    if (wanted) return {JsonFound::Outcome::found, text.substr(start, cursor.at() - start)};
    cursor.skip_blanks();
  } while (cursor.take(','));
  return cursor.take('}') ? absent : malformed;
}

JsonFound json_item(std::string_view text, std::int64_t index) {
  Cursor cursor(text);
  cursor.skip_blanks();
  if (cursor.peek() == '{') return is_json(text) ? absent : malformed;
  if (!cursor.take('[')) {
    if (!is_json(text)) return malformed;
    return index == 0 || index == -1 ? JsonFound{JsonFound::Outcome::found, text} : absent;
  }
  cursor.skip_blanks();
  if (cursor.take(']')) return absent;
  std::int64_t count = 0;
  do {
    cursor.skip_blanks();
    const auto start = cursor.at();
    if (!cursor.take_value()) return malformed;
    if (count == index) return {JsonFound::Outcome::found, text.substr(start, cursor.at() - start)};
    ++count;
    cursor.skip_blanks();
  } while (cursor.take(','));
  if (!cursor.take(']')) return malformed;
  // A place from the end is known only now; the second walk ends at it.
  return index < 0 && index >= -count ? json_item(text, count + index) : absent;
}

std::optional<std::int64_t> json_item_count(std::string_view text) {
  return walk_items(text, [](std::string_view) {});
}

std::optional<std::int64_t> each_json_item(std::string_view text,
                                           const std::function<void(std::string_view)>& take) {
  return walk_items(text, take);
}

bool append_unquoted(std::string_view quoted, std::string& out) {
  Cursor cursor(quoted);
  if (!cursor.take_string() || !cursor.at_end()) return false;
  auto rest = quoted.substr(1, quoted.size() - 2);
  while (!rest.empty()) {
    const auto plain = rest.substr(0, rest.find('\\'));
    out += plain;
    rest.remove_prefix(plain.size());
    if (rest.empty()) break;
    const char letter = rest[1];
    rest.remove_prefix(2);
    switch (letter) {
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'u': {
        const auto read = append_unicode(rest, out);
        if (read == 0) return false;
        rest.remove_prefix(read);
        break;
      }
      default:
        out.push_back(letter);
    }
  }
  return true;
}

void append_json_string(std::string_view text, std::string& out) {
  static constexpr std::array digits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                        '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  out.push_back('"');
  while (true) {
    const auto plain = plain_length(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    const auto letter = text[plain];
    text.remove_prefix(plain + 1);
    switch (letter) {
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      default: {
        const auto code = static_cast<unsigned char>(letter);
        out += "\\u00";
        out.push_back(digits[code >> 4U]);
        out.push_back(digits[code & 0xFU]);
      }
    }
  }
  out.push_back('"');
}

void append_compact(std::string_view text, std::string& out) {
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto letter = text[at];
    if (!in_string && is_blank(letter)) continue;
    out.push_back(letter);
    if (letter == '"') in_string = !in_string;
    if (in_string && letter == '\\') out.push_back(text[++at]);
  }
}

}  // namespace wakestream::mapping
