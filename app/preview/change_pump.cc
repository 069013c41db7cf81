#include "app/preview/change_pump.h"

namespace wakestream::preview {

namespace {
constexpr int messages_in_a_row_max = 256;
constexpr std::chrono::milliseconds wait{100};
}  // namespace

ChangePump::Step ChangePump::failed(const cdc::Error& error) {
  return fail(source_.in_words(error), error.kind == cdc::ErrorKind::connection_failed);
}

ChangePump::Step ChangePump::step(RowViewer& viewer) {
  for (int count = 0; count < messages_in_a_row_max; ++count) {
    const auto next = source_.next(count == 0 ? wait : std::chrono::milliseconds(0));
    if (!next) return failed(next.error());
    if (const auto* silence = std::get_if<Silence>(&*next)) {
      if (*silence == Silence::end) return Step::ended;
      if (count == 0) viewer.on_quiet();
      return count == 0 ? Step::quiet : Step::went_on;
    }
    note_message();
    if (take(viewer, std::get<Frame>(*next)) == Step::ended) return Step::ended;
    if (viewer.enough()) return Step::went_on;
  }
  return Step::went_on;
}

ChangePump::Step ChangePump::take(RowViewer& viewer, const Frame& frame) {
  const auto item = stream_.push(frame.position, frame.payload);
  if (!item) return failed(item.error());
  if (const auto* row = std::get_if<cdc::RowChange>(&*item)) return show_change(viewer, *row);
  if (const auto* truncation = std::get_if<cdc::Truncation>(&*item)) {
    for (const auto& row : truncation->tables)
      if (show_change(viewer, row) == Step::ended) return Step::ended;
  } else if (const auto* begin = std::get_if<cdc::TransactionBegin>(&*item)) {
    origin_.commit_lsn = begin->commit_lsn;
    origin_.commit_time_us = begin->commit_time_us;
  } else if (const auto* commit = std::get_if<cdc::TransactionCommit>(&*item)) {
    source_.passed(commit->end_lsn);
  }
  return Step::went_on;
}

ChangePump::Step ChangePump::show_change(RowViewer& viewer, const cdc::RowChange& row) {
  origin_.ordinal = row.ordinal;
  return show(viewer, origin_, row, row.lsn);
}

}  // namespace wakestream::preview
