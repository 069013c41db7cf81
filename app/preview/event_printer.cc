#include "app/preview/event_printer.h"

#include <fmt/format.h>

#include "roles/capture/wall_time.h"

namespace wakestream::preview {

void EventPrinter::on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) {
  note_commit(origin);
  if (counts_.size() <= event.rule_index) counts_.resize(event.rule_index + 1U);
  auto& seen = counts_[event.rule_index];
  if (seen.second++ == 0) seen.first = event.type;
  ++event_count_;
  auto& line = output_.line();
  line += "{\"id\":\"";
  line += mapping::event_id(origin, kind_, event.rule_index);
  line += "\",\"type\":";
  app::append_json_string(line, event.type);
  line += ",\"subject\":";
  app::append_json_string(line, event.account_id);
  line += commit_;
  app::append_json_string(line, event.table);
  line += ",\"data\":";
  line += event.payload;
  line += '}';
  output_.end_line();
}

void EventPrinter::on_quarantined(const mapping::ChangeOrigin& origin,
                                  const mapping::QuarantinedRow& row) {
  note_commit(origin);
  ++quarantined_count_;
  auto& line = output_.line();
  line += "{\"quarantined\":";
  app::append_json_string(line, row.rule);
  line += ",\"column\":";
  app::append_json_string(line, row.column);
  line += ",\"reason\":";
  app::append_json_string(line, row.reason);
  line += commit_;
  app::append_json_string(line, row.table);
  if (options_.show_values && !row.row.empty()) {
    line += ",\"row\":";
    line += row.row;
  }
  line += '}';
  output_.end_line();
}

void EventPrinter::note_commit(const mapping::ChangeOrigin& origin) {
  if (origin.commit_lsn == commit_lsn_ && origin.commit_time_us == commit_time_us_) return;
  commit_lsn_ = origin.commit_lsn;
  commit_time_us_ = origin.commit_time_us;
  commit_ = fmt::format(",\"time\":\"{}\",\"lsn\":\"{}\",\"table\":",
                        capture::rfc3339(origin.commit_time_us), cdc::to_string(commit_lsn_));
}

std::vector<std::pair<std::string, std::uint64_t>> EventPrinter::by_type() const {
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  for (const auto& one : counts_)
    if (one.second > 0) seen.push_back(one);
  return seen;
}

}  // namespace wakestream::preview
