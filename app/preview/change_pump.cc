#include "app/preview/change_pump.h"

#include <fmt/format.h>

namespace wakestream::preview {

namespace {
constexpr int messages_in_a_row_max = 256;
constexpr std::chrono::milliseconds wait{100};
}  // namespace

double ChangePump::idle_s() const {
  return std::chrono::duration<double>(Clock::now() - last_message_).count();
}

ChangePump::Step ChangePump::fail(const cdc::Error& error) {
  problem_ = source_.in_words(error);
  try_again_ = error.kind == cdc::ErrorKind::connection_failed;
  return Step::ended;
}

ChangePump::Step ChangePump::step(RowViewer& viewer) {
  for (int count = 0; count < messages_in_a_row_max; ++count) {
    const auto next = source_.next(count == 0 ? wait : std::chrono::milliseconds(0));
    if (!next) return fail(next.error());
    if (const auto* silence = std::get_if<Silence>(&*next)) {
      if (*silence == Silence::end) return Step::ended;
      if (count == 0) viewer.on_quiet();
      return count == 0 ? Step::quiet : Step::went_on;
    }
    last_message_ = Clock::now();
    if (take(viewer, std::get<Frame>(*next)) == Step::ended) return Step::ended;
    if (viewer.enough()) return Step::went_on;
  }
  return Step::went_on;
}

ChangePump::Step ChangePump::take(RowViewer& viewer, const Frame& frame) {
  const auto item = stream_.push(frame.position, frame.payload);
  if (!item) return fail(item.error());
  if (const auto* row = std::get_if<cdc::RowChange>(&*item)) return show(viewer, *row);
  if (const auto* truncation = std::get_if<cdc::Truncation>(&*item)) {
    for (const auto& row : truncation->tables)
      if (show(viewer, row) == Step::ended) return Step::ended;
  } else if (const auto* begin = std::get_if<cdc::TransactionBegin>(&*item)) {
    origin_.commit_lsn = begin->commit_lsn;
    origin_.commit_time_us = begin->commit_time_us;
  } else if (const auto* commit = std::get_if<cdc::TransactionCommit>(&*item)) {
    source_.passed(commit->end_lsn);
  }
  return Step::went_on;
}

ChangePump::Step ChangePump::show(RowViewer& viewer, const cdc::RowChange& row) {
  ++row_count_;
  origin_.ordinal = row.ordinal;
  auto shown = viewer.on_row(origin_, row);
  if (shown) return Step::went_on;
  rule_error_ = shown.error();
  problem_ = fmt::format("{} (at {})", mapping::to_string(rule_error_), cdc::to_string(row.lsn));
  return Step::ended;
}

}  // namespace wakestream::preview
