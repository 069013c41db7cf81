// How far one table of a snapshot is, in one line of a terminal. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace wakestream::app {

// How fast something goes that is looked at now and then: over what was seen last.
class Pace {
 public:
  void note(std::int64_t now_ms, std::uint64_t rows);
  // Another table begins.
  void forget() { seen_.clear(); }
  std::optional<double> rows_per_s() const;

 private:
  struct Look {
    std::int64_t at_ms = 0;
    std::uint64_t rows = 0;
  };
  std::deque<Look> seen_;
};

struct TableProgress {
  std::string table;
  bool part = false;  // only rows for which a condition holds
  std::uint64_t rows = 0;
  std::int64_t rows_estimated = 0;  // of the whole table; below 1: not known
  std::optional<double> rows_per_s;
  std::string waits;  // why nothing moves; empty: it moves
};

// "graph.account  [#########...........]  45 %  450 of about 1000 rows  90/s  6.1 s left", in at
// most `width` columns. Without an estimate, or room, it has no bar.
std::string progress_line(const TableProgress& progress, std::size_t width);

}  // namespace wakestream::app
