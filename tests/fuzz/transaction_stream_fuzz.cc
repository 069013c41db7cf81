// A stream of messages, each behind its length: items or an error, and every row fits its relation.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cdc/stream/transaction_stream.h"

using namespace wakestream::cdc;  // NOLINT: a fuzz target

namespace {

void check(const RowChange& row) {
  const auto columns = row.relation->columns.size();
  if (!row.after.empty() && row.after.size() != columns) abort();
  if (!row.before.empty() && row.before.size() != columns) abort();
  if (row.ordinal == 0) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  TransactionStream stream;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::uint64_t lsn = 1;
  while (!rest.empty()) {
    const auto length =
        std::min<std::size_t>(static_cast<unsigned char>(rest.front()), rest.size() - 1);
    const auto item = stream.push(Lsn{lsn++}, rest.substr(1, length));
    rest.remove_prefix(1 + length);
    if (!item) return 0;  // after an error a stream is thrown away
    if (const auto* row = std::get_if<RowChange>(&*item)) check(*row);
    if (const auto* truncation = std::get_if<Truncation>(&*item)) {
      for (const auto& row : truncation->tables) check(row);
    }
  }
  return 0;
}
