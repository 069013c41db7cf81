#include "roles/capture/waiting_rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mapping/rule_set.h"

namespace wakestream::capture {
namespace {

class Recorder final : public mapping::EventSink {
 public:
  void on_event(const mapping::ChangeOrigin&, const mapping::Event& event) override {
    payloads.emplace_back(event.payload);
    bulk.push_back(event.bulk);
  }
  void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow&) override {}

  std::vector<std::string> payloads;
  std::vector<bool> bulk;
};

TEST(WaitingRowsTest, an_event_that_waited_behind_its_account_s_row_is_as_bulk_as_it_was) {
  const auto rules = mapping::RuleSet::parse({});
  ASSERT_TRUE(rules);
  mapping::Mapper mapper(*rules);
  Recorder recorder;
  WaitingRows waiting(recorder);
  const mapping::ChangeOrigin origin{1, cdc::Lsn{0x100}, 0, 1};
  const cdc::Relation relation;
  waiting.on_account_missing(origin, {0, "a", &relation}, {"c.child", "t.child", "", "", "{}"});
  for (const bool bulk : {true, false}) {
    mapping::Event event;
    event.type = "c.x";
    event.account_id = "a";
    event.payload = bulk ? "loaded" : "live";
    event.bulk = bulk;
    waiting.on_event(origin, event);
  }
  EXPECT_TRUE(recorder.payloads.empty()) << "they stand behind the row that waits";
  waiting.account_known("a", mapper);
  EXPECT_EQ(recorder.payloads, (std::vector<std::string>{"loaded", "live"}));
  EXPECT_EQ(recorder.bulk, (std::vector<bool>{true, false}));
  EXPECT_TRUE(waiting.empty());
}

}  // namespace
}  // namespace wakestream::capture
