#include "tests/integration/oracle/values.h"

#include <fmt/format.h>

#include <functional>

namespace wakestream::test::oracle {

namespace {

std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    quoted.push_back(letter);
    if (letter == '\'') quoted.push_back(letter);
  }
  return quoted + "'";
}

std::string digits(Random& random, std::size_t count_max) {
  std::string text;
  for (auto left = 1 + random.below(count_max); left > 0; --left)
    text.push_back(static_cast<char>('0' + random.below(10)));
  return text;
}

void append_character(std::size_t code, std::string& out) {
  const auto add = [&](std::size_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

// Mostly what needs care: control characters, quotes, backslashes, braces, blanks, commas.
std::string text(Random& random, std::size_t length_max) {
  static constexpr std::string_view special = "\"\\{},'/ \tNUL:[]\b\f\n\r\x7f";
  std::string out;
  for (auto left = random.below(length_max + 1); left > 0; --left) {
    const auto way = random.below(10);
    if (way < 4) {
      out.push_back(special[random.below(special.size())]);
    } else if (way < 6) {
      append_character(1 + random.below(0x1F), out);
    } else if (way < 8) {
      append_character(0x20 + random.below(0x5F), out);
    } else {
      auto code = 0x80 + random.below(0x10FF80);
      if (code >= 0xD800 && code <= 0xDFFF) code = 0x2028;
      append_character(code, out);
    }
  }
  return out;
}

std::string integer(Random& random, int bits) {
  const auto value = static_cast<std::int64_t>(random.below(SIZE_MAX)) >> (64 - bits);
  return literal(std::to_string(value));
}

std::string decimal(Random& random) {
  const auto* sign = random.percent(50) ? "-" : "";
  return random.percent(30) ? sign + digits(random, 40)
                            : fmt::format("{}{}.{}", sign, digits(random, 25), digits(random, 25));
}

std::string floating(Random& random, int exponent_max) {
  const auto exponent = static_cast<int>(random.below(static_cast<std::size_t>(exponent_max) * 2));
  return literal(fmt::format("{}{}.{}e{}", random.percent(50) ? "-" : "", 1 + random.below(9),
                             digits(random, 17), exponent - exponent_max));
}

std::string microseconds(Random& random, const char* type) {
  // From 4713 BC to about 30,000.
  const auto days = static_cast<std::int64_t>(random.below(12'000'000)) - 2'400'000;
  const auto clock = random.percent(30) ? 0 : random.below(86'400'000'000);
  return fmt::format("('2000-01-01'::{} + {} * interval '1 day' + {} * interval '1 microsecond')",
                     type, days, clock);
}

std::string json(Random& random, int depth) {
  const auto quoted = [&] {
    std::string out = "\"";
    for (const char letter : text(random, 6)) {
      if (letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
      } else {
        out.push_back(letter);
      }
    }
    return out + "\"";
  };
  static constexpr std::string_view blanks[] = {"", " ", "\n\t ", "  "};
  const auto blank = [&] { return blanks[random.below(4)]; };
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return quoted();
    case 1:
      return random.percent(50) ? "true" : "null";
    case 2:
      return fmt::format("{}{}", random.percent(50) ? "-" : "", 1 + random.below(100000));
    case 3:
      return fmt::format("{}.{}", random.below(100), digits(random, 12));
    case 4:
      return fmt::format("{}.5e{}{}", random.below(100), random.percent(50) ? "-" : "+",
                         random.below(20));
    default:
      break;
  }
  const bool object = random.percent(60);
  std::string out = object ? "{" : "[";
  const auto count = random.below(4);
  for (std::size_t at = 0; at < count; ++at) {
    out += fmt::format("{}{}", at == 0 ? "" : ",", blank());
    if (object) out += fmt::format("{}{}:{}", quoted(), blank(), blank());
    out += json(random, depth - 1);
  }
  return fmt::format("{}{}{}", out, blank(), object ? "}" : "]");
}

// ARRAY[...] of `element`s, some of them NULL, now and then of two dimensions or of other bounds.
std::string array(Random& random, const std::string& type,
                  const std::function<std::string()>& element) {
  const auto list = [&](std::size_t count) {
    std::string items;
    for (std::size_t at = 0; at < count; ++at)
      items += fmt::format("{}{}", at == 0 ? "" : ", ", random.percent(20) ? "NULL" : element());
    return fmt::format("ARRAY[{}]::{}", items, type);
  };
  if (random.percent(20)) return fmt::format("ARRAY[{}, {}]", list(2), list(2));
  return list(random.below(4));
}

}  // namespace

std::vector<TypedValues> typed_values(Random& random, std::size_t generated_count) {
  std::vector<TypedValues> all;
  const auto add = [&](const std::string& type, const std::vector<std::string>& literals,
                       const std::function<std::string()>& generate = {}) {
    TypedValues one{type, {}};
    for (const auto& value : literals)
      one.values.push_back(fmt::format("{}::{}", literal(value), type));
    for (std::size_t count = 0; generate && count < generated_count; ++count)
      one.values.push_back(fmt::format("({})::{}", generate(), type));
    all.push_back(one);
    const std::vector<std::string> arrays{"{}", "{NULL}", "[2:3]={NULL,NULL}", "{{NULL},{NULL}}"};
    TypedValues of_arrays{type + "[]", {}};
    for (const auto& value : arrays)
      of_arrays.values.push_back(fmt::format("{}::{}[]", literal(value), type));
    for (std::size_t count = 0; count < generated_count / 2; ++count)
      of_arrays.values.push_back(
          array(random, type + "[]", [&] { return random.one_of(one.values); }));
    all.push_back(std::move(of_arrays));
  };
  add("boolean", {"t", "f"});
  add("smallint", {"0", "-1", "32767", "-32768"}, [&] { return integer(random, 16); });
  add("integer", {"0", "-1", "2147483647", "-2147483648"}, [&] { return integer(random, 32); });
  add("bigint", {"0", "9007199254740993", "9223372036854775807", "-9223372036854775808"},
      [&] { return integer(random, 64); });
  add("numeric",
      {"0", "-0", "0.00", "1.0", "NaN", "Infinity", "-Infinity", "1e100", "1e-50", "-0.10", ".5",
       "123456789012345678901234567890.123456789012345678901234567890"},
      [&] { return literal(decimal(random)); });
  add("numeric(12,3)", {"1", "NaN", "-123456789.9999"});
  add("double precision",
      {"0", "-0", "NaN", "Infinity", "-Infinity", "0.1", "1e15", "1e16", "1e-4", "1e-5",
       "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "123456789.123456789"},
      [&] { return floating(random, 300); });
  add("real", {"0", "-0", "NaN", "Infinity", "0.1", "3.4028235e38", "1e-45", "1e6", "16777216"},
      [&] { return floating(random, 36); });
  add("text",
      {"", " ", "null", "NULL", "\"", "\\", "/", "a\"b\\c", "{a,b}", "\x7f", "é", "😀",
       "\u2028\u2029", "\b\f\n\r\t\v\x01\x1f", "e\u0301"},
      [&] { return literal(text(random, 20)); });
  add("varchar(30)", {"", "NULL", "a\"b"}, [&] { return literal(text(random, 10)); });
  add("character(5)", {"", "ab", "é", "\"\\"});
  add("name", {"", "a\"b"});
  add("\"char\"", {"", "a", "\\"});
  add("uuid", {"00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"});
  add("date",
      {"2026-11-25", "0001-01-01", "0001-12-31 BC", "4713-01-01 BC", "5874897-12-31", "infinity",
       "-infinity"},
      [&] { return microseconds(random, "timestamp"); });
  add("time", {"00:00", "24:00", "23:59:59.999999", "12:00:00.5"});
  add("timetz", {"12:00+00", "12:00:00.25-15:59", "00:00+05:30"});
  add("timestamp",
      {"2026-11-25 08:00", "2026-11-25 08:00:00.100000", "0044-03-15 12:00 BC",
       "294276-12-31 23:59:59.999999", "4713-01-01 00:00 BC", "infinity", "-infinity"},
      [&] { return microseconds(random, "timestamp"); });
  add("timestamptz",
      {"2026-11-25 08:00+00", "2026-11-25 08:00:00.000001+02", "infinity", "0044-03-15 12:00+00 BC",
       "-infinity", "10000-01-01 00:00+00"},
      [&] { return microseconds(random, "timestamptz"); });
  add("interval", {"1 year -2 mons 3 days 04:05:06.789", "00:00", "-1 mons +30 days"});
  add("jsonb", {"null", "{}", "[]", "\"\"", "1.0", "-0.0", "1e2", "{\"b\": 1, \"a\": [null]}"},
      [&] { return literal(json(random, 4)); });
  add("json", {"null", " {\"b\" : 1 , \"a\":[ ] } ", "\"a b\"", "[1.0, 1e2]", "{\"a\":1,\"a\":2}"},
      [&] { return literal(json(random, 4)); });
  add("bytea", {"\\x", "\\x00ff61"});
  add("xml", {"<a b=\"c\">d</a>", "text"});
  add("money", {"12.34", "-0.5"});
  add("inet", {"10.0.0.1", "10.0.0.1/8", "::1"});
  add("cidr", {"10.0.0.0/8"});
  add("macaddr", {"08:00:2b:01:02:03"});
  add("oid", {"0", "4294967295"});
  return all;
}

}  // namespace wakestream::test::oracle
