// Two sets of rules on the same row changes: which events appear, vanish and change.
//
// An event is known by its row change and its type; it changes when its payload or its account
// does. A row that fails under one of them counts as an event that is not there, and is counted
// beside.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/output.h"
#include "app/preview/row_pump.h"
#include "app/preview/rules_in_force.h"
#include "mapping/mapper.h"

namespace wakestream::preview {

class RulesDiff final : public RowViewer {
 public:
  struct Counts {
    std::uint64_t same = 0, appear = 0, vanish = 0, change = 0;
    std::uint64_t failed_before = 0, failed_after = 0;  // rows that go to quarantine
  };
  struct Example {
    const char* what;  // "appears", "vanishes", "changes"
    std::string type, lsn, table, subject;
    std::string before, after;  // payloads; empty where there is none
  };

  RulesDiff(const mapping::RuleSet& before, const mapping::RuleSet& after);

  mapping::Result<void> on_row(const mapping::ChangeOrigin& origin,
                               const cdc::RowChange& row) override;

  // Is there any event that is not the same?
  bool differs() const;
  const std::map<std::string, Counts>& by_type() const { return by_type_; }
  void print_text(app::Output& output) const;
  void print_json(std::uint64_t row_count, const RulesInForce& in_force, app::Output& output) const;

 private:
  // What one set made of one row change.
  class Made final : public mapping::EventSink {
   public:
    struct Event {
      std::string type, account_id, payload;
    };
    void on_event(const mapping::ChangeOrigin&, const mapping::Event& event) override;
    void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow& row) override;
    const Event* find(std::string_view type) const;
    std::vector<Event> events;
    std::vector<std::string> failed;  // types
  };

  void note(const char* what, const mapping::ChangeOrigin& origin, const cdc::RowChange& row,
            const Made::Event* before, const Made::Event* after);

  mapping::Mapper before_;
  mapping::Mapper after_;
  std::map<std::string, Counts> by_type_;
  std::map<std::string, int> example_counts_;  // by type and what
  std::vector<Example> examples_;
};

}  // namespace wakestream::preview
