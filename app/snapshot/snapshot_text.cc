#include "app/snapshot/snapshot_text.h"

#include <fmt/format.h>

#include "app/output.h"

namespace wakestream::app {

std::string snapshot_text(const std::optional<capture::SnapshotProgress>& snapshot) {
  if (!snapshot) return "none";
  const auto& position = snapshot->position;
  const auto& table = snapshot->tables.front();
  const auto whose =
      snapshot->consumer.empty() ? "" : fmt::format(", for {} alone", snapshot->consumer);
  auto text = fmt::format("{}, {}{}{}{}: {} ", snapshot->number, table.name,
                          table.where.empty() ? "" : " (a part of it)", whose,
                          snapshot->differences ? ", differences" : "", position.rows);
  // Of a part nobody has counted the rows.
  if (position.rows_estimated > 0 && table.where.empty()) {
    const auto share =
        static_cast<double>(position.rows) / static_cast<double>(position.rows_estimated);
    text += fmt::format("of about {} rows ({:.0f} %)", position.rows_estimated,
                        std::min(share * 100, 100.0));
  } else {
    text += "rows";
  }
  if (snapshot->differences)
    text += fmt::format(", {} events had been said already",
                        snapshot->unchanged_done + position.unchanged);
  if (snapshot->said_to_read > 0)
    text += fmt::format("; what was said before is read first: {} of {} records",
                        snapshot->said_read, snapshot->said_to_read);
  if (!position.again.empty()) text += fmt::format(", {} to be read again", position.again.size());
  if (snapshot->tables.size() > 1)
    text += fmt::format(", then {} more tables", snapshot->tables.size() - 1);
  if (snapshot->tables_done > 0)
    text += fmt::format("; {} tables with {} rows are done", snapshot->tables_done,
                        snapshot->rows_done);
  if (snapshot->paused)
    text += snapshot->paused_because.empty() ? "; paused"
                                             : "; paused because " + snapshot->paused_because;
  return text;
}

std::string snapshot_json(const std::optional<capture::SnapshotProgress>& snapshot) {
  if (!snapshot) return "null";
  auto text = fmt::format(
      R"({{"number":{},"began_at_lsn":"{}","began_at_ms":{},"paused":{},"paused_because":)",
      snapshot->number, cdc::to_string(snapshot->began_at), snapshot->began_at_ms,
      snapshot->paused);
  append_json_string(text, snapshot->paused_because);
  text += R"(,"table":)";
  append_json_string(text, snapshot->tables.front().name);
  text += R"(,"where":)";
  append_json_string(text, snapshot->tables.front().where);
  text += R"(,"consumer":)";
  append_json_string(text, snapshot->consumer);
  const auto& position = snapshot->position;
  text += fmt::format(R"(,"differences":{},"unchanged":{},"said_read":{},"said_to_read":{})",
                      snapshot->differences, snapshot->unchanged_done + position.unchanged,
                      snapshot->said_read, snapshot->said_to_read);
  text += fmt::format(
      R"(,"rows":{},"rows_estimated":{},"to_be_read_again":{},"tables_to_come":{},"tables_done":{},"rows_of_tables_done":{},"left_to_stream":{}}})",
      position.rows, position.rows_estimated, position.again.size(), snapshot->tables.size() - 1,
      snapshot->tables_done, snapshot->rows_done, snapshot->left_to_stream);
  return text;
}

}  // namespace wakestream::app
