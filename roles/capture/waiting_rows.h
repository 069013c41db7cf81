// Rows that join the context of an account that is not known yet: within its transaction a child's
// row may come before its account's.
//
// Such a row waits until its account's row comes, at most to the end of its transaction, or of the
// part of it that is written: what waits counts as what stands in `open`, so memory is bounded by
// the same limit. Meanwhile everything else that is said of that account waits behind it, so that
// an account's events stay in the order of their rows. What still has no account at the end goes to
// quarantine.
//
// Between the mapper and the recorder. Used by the loop's thread alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "cdc/relation.h"
#include "mapping/event.h"
#include "mapping/mapper.h"

namespace wakestream::capture {

class WaitingRows final : public mapping::EventSink {
 public:
  // `out` is where everything goes in the end, and outlives it.
  explicit WaitingRows(mapping::EventSink& out) : out_(out) {}

  void on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) override;
  void on_quarantined(const mapping::ChangeOrigin& origin,
                      const mapping::QuarantinedRow& row) override {
    out_.on_quarantined(origin, row);
  }
  void on_account_missing(const mapping::ChangeOrigin& origin,
                          const mapping::MissingAccount& missing,
                          const mapping::QuarantinedRow& row) override;

  // The account is known now: what waits for it goes out, before anything that comes behind.
  void account_known(const std::string& account_id, mapping::Mapper& mapper);
  // Nothing waits any longer.
  void settle(mapping::Mapper& mapper);
  void clear();
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t byte_count() const { return bytes_; }

 private:
  // A row as it is kept for the quarantine, or an event of an account that has one.
  struct Waiting {
    mapping::ChangeOrigin origin;
    std::uint16_t rule_index = 0;
    std::string rule, table, column, reason, row;
    std::shared_ptr<const cdc::Relation> relation;  // of a row; none: an event
    std::string payload, schema_version;
    bool bulk = false;
    std::size_t byte_count() const { return payload.size() + row.size(); }
  };
  using Queue = std::deque<Waiting>;

  void keep(const std::string& account_id, Waiting waiting);
  std::shared_ptr<const cdc::Relation> shared(const cdc::Relation& relation);
  void let_go(const std::string& account_id, const Queue& queue, mapping::Mapper& mapper);
  void quarantine(const Waiting& waiting, std::string_view reason);

  mapping::EventSink& out_;
  std::unordered_map<std::string, Queue> queues_;
  std::deque<std::string> order_;  // of the accounts, by their first row
  std::shared_ptr<const cdc::Relation> relation_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace wakestream::capture
