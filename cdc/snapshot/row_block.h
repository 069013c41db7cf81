// Rows that were read in one go: every value in PostgreSQL's text form, in one buffer.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cdc/row_change.h"

namespace wakestream::cdc {

class RowBlock {
 public:
  explicit RowBlock(std::size_t column_count = 0) : column_count_(column_count) {}

  // Room for so much, so that it is not moved while it grows.
  void reserve(std::size_t row_count, std::size_t byte_count) {
    cells_.reserve(row_count * column_count_);
    bytes_.reserve(byte_count);
  }

  // One line of COPY ... TO STDOUT in text format, its line end included or not. False, and the
  // block is as it was, when it is none, or has another number of columns.
  bool add_copy_line(std::string_view line);
  // A row of the stream. False, and the block is as it was, when a value of it was not sent.
  bool add_row(std::span<const Value> row);

  std::size_t row_count() const { return column_count_ == 0 ? 0 : cells_.size() / column_count_; }
  std::size_t byte_count() const { return bytes_.size(); }
  // Of one row's values.
  std::size_t row_bytes(std::size_t row) const;
  // Valid until a row is added.
  Value at(std::size_t row, std::size_t column) const;

 private:
  struct Cell {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  static constexpr std::uint32_t null_size = std::numeric_limits<std::uint32_t>::max();

  bool add_cells(std::string_view line);

  std::size_t column_count_;
  std::string bytes_;
  std::vector<Cell> cells_;
};

}  // namespace wakestream::cdc
