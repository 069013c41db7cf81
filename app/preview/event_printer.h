// Shows what one set of rules makes of row changes: an event a line, as JSON.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/output.h"
#include "app/preview/row_pump.h"
#include "mapping/mapper.h"

namespace wakestream::preview {

class EventPrinter final : public RowViewer, private mapping::EventSink {
 public:
  struct Options {
    std::optional<std::uint64_t> limit;  // of events
    bool show_values = false;            // of rows that could not become events
  };
  EventPrinter(const mapping::RuleSet& rules, Options options, app::Output& output)
      : options_(options), output_(output), mapper_(rules) {}

  mapping::Result<void> on_row(const mapping::ChangeOrigin& origin,
                               const cdc::RowChange& row) override {
    kind_ = row.operation == cdc::Operation::snapshot ? mapping::EventKind::snapshot
                                                      : mapping::EventKind::change;
    return mapper_.map(origin, row, *this);
  }
  bool enough() const override {
    return output_.closed() || (options_.limit && event_count_ >= *options_.limit);
  }
  void on_quiet() override { output_.flush(); }

  std::uint64_t event_count() const { return event_count_; }
  std::uint64_t quarantined_count() const { return quarantined_count_; }
  // By rule, those that made any.
  std::vector<std::pair<std::string, std::uint64_t>> by_type() const;

 private:
  void on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) override;
  void on_quarantined(const mapping::ChangeOrigin& origin,
                      const mapping::QuarantinedRow& row) override;
  void note_commit(const mapping::ChangeOrigin& origin);

  Options options_;
  app::Output& output_;
  mapping::Mapper mapper_;
  std::vector<std::pair<std::string, std::uint64_t>> counts_;  // by rule index
  std::uint64_t event_count_ = 0;
  std::uint64_t quarantined_count_ = 0;
  mapping::EventKind kind_ = mapping::EventKind::change;
  cdc::Lsn commit_lsn_;
  std::int64_t commit_time_us_ = 0;
  std::string commit_;
};

}  // namespace wakestream::preview
