// The topics of one consumer of a pipeline, and the one that deliveries take commands from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "log/event_log.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

struct Topics {
  Topics(const std::string& pipeline, const std::string& consumer, reading::Share share = {})
      : undivided_writer("deliver." + consumer),
        writer(writer_of(undivided_writer, share)),
        group("wakestream." + pipeline + ".deliver." + consumer),
        events("wakestream." + pipeline + ".events"),
        lanes("wakestream." + pipeline + ".lanes." + consumer),
        dead_letters("wakestream." + pipeline + ".deadletter." + consumer),
        receipts("wakestream." + pipeline + ".receipts." + consumer),
        decisions("wakestream." + pipeline + ".decisions." + consumer),
        control(control_of(pipeline)),
        shares("wakestream." + pipeline + ".shares." + consumer),
        members("wakestream." + pipeline + ".members." + consumer) {}

  static std::string writer_of(const std::string& undivided, reading::Share share) {
    return share.is_all() ? undivided
                          : fmt::format("{}.share-{}-of-{}", undivided, share.number, share.count);
  }
  static std::string control_of(const std::string& pipeline) {
    return "wakestream." + pipeline + ".control.deliver";
  }

  // Partitioned as the events are, and so owned with them. Receipts are kept for six years, as
  // long as HIPAA asks for the accounting of disclosures (45 CFR 164.528).
  // `own`: a topic of the consumer's own; empty: it has none.
  std::vector<log::TopicSpec> specs(std::int32_t event_partition_count,
                                    const std::string& own = {}) const {
    constexpr std::chrono::hours six_years{6 * 366 * 24};
    std::vector<log::TopicSpec> specs{
        {lanes, writer, event_partition_count, log::Cleanup::compact},
        {dead_letters, writer, event_partition_count, log::Cleanup::compact},
        {receipts, writer, event_partition_count, log::Cleanup::by_age, six_years},
        {decisions, writer, 1, log::Cleanup::by_age},
        control_spec()};
    if (!own.empty()) specs.push_back({own, writer, event_partition_count});
    return specs;
  }
  // Has a partition for each share. What stands in it: share_division.h.
  log::TopicSpec shares_spec(std::int32_t share_count) const {
    return {shares, writer, share_count, log::Cleanup::compact};
  }
  // Commands are written by whoever gives one, with a writer of its own.
  log::TopicSpec control_spec() const {
    return {control, "control_deliver", 1, log::Cleanup::by_age};
  }

  std::string undivided_writer;  // of who has all partitions
  std::string writer;            // of who has the share
  std::string group;
  std::string events;
  std::string lanes;  // what is not in its ordinary course, and how far the consumer has come
  std::string dead_letters;  // letter.h
  std::string receipts;      // receipt.h
  std::string decisions;     // what came of commands
  std::string control;       // of all consumers of the pipeline (command.h)
  std::string shares;        // only of a consumer that is divided (shares.h)
  std::string members;       // the group of those who have its shares
};

}  // namespace wakestream::deliver
