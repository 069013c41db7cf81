// When something is to be done again and again, as a line of a crontab(5) says it: pure.
//
// Five fields, with white space between them: minute (0-59), hour (0-23), day of month (1-31),
// month (1-12, or jan to dec), day of week (0-7, or sun to sat; 0 and 7 are Sunday). Each is *, a
// number or a name, a range of them (8-18), either * or a range with a step (*/15, 8-18/2), or a
// list of such with commas. Upper and lower case are the same. Where day of month and day of week
// are both restricted (neither begins with *), a day matches by either; else it must match by both.
// The names of whole lines (@daily) and what other programs have beside that (L, W, #, seconds) are
// not known.
//
// Times are of UTC: no minute of it comes twice or is left out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace wakestream::deliver {

class CronLine {
 public:
  // The error says what is wrong with which field, and what it may be. A line that no day ever
  // matches (30 February) is one too.
  static tl::expected<CronLine, std::string> parse(std::string_view line);

  // The begin of the first minute behind that time that matches; both since 1970, in milliseconds.
  std::int64_t next_ms(std::int64_t after_ms) const;

  // As it was given.
  const std::string& text() const { return text_; }

 private:
  struct Field {
    std::uint64_t values = 0;  // a bit each
    bool any = false;          // it begins with *
    bool has(unsigned value) const { return (values >> value & 1U) != 0; }
  };
  struct Shape;
  static tl::expected<Field, std::string> read_field(std::string_view text, const Shape& shape);
  bool matches(std::chrono::sys_days day) const;
  bool ever_matches() const;

  std::string text_;
  Field minute_;
  Field hour_;
  Field day_;
  Field month_;
  Field weekday_;
};

}  // namespace wakestream::deliver
