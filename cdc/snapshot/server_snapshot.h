// What pg_current_snapshot() says: which transactions a query sees.
//
// A transaction's number has 64 bits here and 32 in the stream: extend_xid puts them side by side.
//
// Source: PostgreSQL documentation, "Transaction ID and Snapshot Information Functions".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wakestream::cdc {

struct ServerSnapshot {
  std::uint64_t xmin = 0;                  // everything below it has ended
  std::uint64_t xmax = 0;                  // everything from here on had not begun
  std::vector<std::uint64_t> in_progress;  // of those between, sorted; top-level transactions alone

  // Does the snapshot see what the transaction did, if it committed?
  bool sees(std::uint64_t xid) const;
};

// "10:20:10,14,15"; nothing for any other form.
std::optional<ServerSnapshot> parse_server_snapshot(std::string_view text);

// The transaction of number `xid` in the stream, of all that have those 32 bits: the one within
// 2^31 of `near`. PostgreSQL keeps all living ones that close.
std::uint64_t extend_xid(std::uint32_t xid, std::uint64_t near);

}  // namespace wakestream::cdc
