// How many rows a chunk is asked for, by what its table's rows have weighed so far.
//
// Large enough that a query costs little beside its rows, small enough that a few of them fit into
// memory, and that none keeps a snapshot of the server for long.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cdc/snapshot/row_block.h"

namespace wakestream::capture {

class ChunkSize {
 public:
  static constexpr std::size_t bytes_wanted = 2U << 20U;
  static constexpr std::size_t bytes_max = 4U << 20U;  // where rows are larger than they were
  static constexpr std::size_t first_rows = 500;

  void forget() { row_bytes_mean_ = 0; }  // another table comes
  void learn(const cdc::RowBlock& rows) {
    if (const auto count = rows.row_count(); count > 0)
      row_bytes_mean_ = std::max<std::size_t>(1, rows.byte_count() / count);
  }
  // At least one.
  std::size_t rows(std::uint64_t rows_max) const {
    const auto rows = row_bytes_mean_ == 0 ? first_rows : bytes_wanted / row_bytes_mean_;
    return std::max<std::size_t>(1, std::min<std::size_t>(rows, rows_max));
  }

 private:
  std::size_t row_bytes_mean_ = 0;
};

}  // namespace wakestream::capture
