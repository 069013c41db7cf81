#include "cdc/snapshot/server_snapshot.h"

#include <algorithm>
#include <charconv>

namespace wakestream::cdc {

namespace {

std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

bool take_mark(std::string_view& rest, char mark) {
  if (!rest.starts_with(mark)) return false;
  rest.remove_prefix(1);
  return true;
}

}  // namespace

bool ServerSnapshot::sees(std::uint64_t xid) const {
  if (xid < xmin) return true;
  return xid < xmax && !std::binary_search(in_progress.begin(), in_progress.end(), xid);
}

std::optional<ServerSnapshot> parse_server_snapshot(std::string_view text) {
  ServerSnapshot snapshot;
  const auto xmin = take_number(text);
  if (!xmin || !take_mark(text, ':')) return std::nullopt;
  const auto xmax = take_number(text);
  if (!xmax || !take_mark(text, ':') || *xmin > *xmax) return std::nullopt;
  snapshot.xmin = *xmin;
  snapshot.xmax = *xmax;
  while (!text.empty()) {
    if (!snapshot.in_progress.empty() && !take_mark(text, ',')) return std::nullopt;
    const auto xid = take_number(text);
    if (!xid || *xid < *xmin || *xid >= *xmax) return std::nullopt;
    snapshot.in_progress.push_back(*xid);
  }
  std::sort(snapshot.in_progress.begin(), snapshot.in_progress.end());
  return snapshot;
}

std::uint64_t extend_xid(std::uint32_t xid, std::uint64_t near) {
  // The difference of the low halves, read as a signed number, is the way from `near`.
  const auto way = static_cast<std::int32_t>(xid - static_cast<std::uint32_t>(near));
  return near + static_cast<std::uint64_t>(static_cast<std::int64_t>(way));
}

}  // namespace wakestream::cdc
