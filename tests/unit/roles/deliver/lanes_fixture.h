// A consumer's lanes with a store in memory: events are read, attempts are started and end as the
// test says. An event is named by its offset: "e07".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "roles/deliver/lanes.h"
#include "tests/support/memory_lane_store.h"

namespace wakestream::deliver {

class LanesFixture : public testing::Test {
 protected:
  static constexpr auto email = "customer.email_changed";
  static constexpr auto tier = "customer.tier_changed";
  static constexpr auto phone = "customer.phone_changed";
  static constexpr auto deletion = "customer.deletion_requested";
  static constexpr auto narrower = "customer.consent_changed";

  LanesFixture() {
    settings_.urgent = [](const log::StoredRecord& event) {
      const auto type = log::header_of(event, "ce_type");
      return type == deletion || type == narrower;
    };
    settings_.exhausted = {{tier, WhenExhausted::supersede}, {phone, WhenExhausted::skip}};
    settings_.attempts_max = 3;
    restart();
  }

  // From what is on record, whatever was in memory is lost.
  void restart(std::vector<Progress> progress = std::vector<Progress>(1)) {
    lanes_ = std::make_unique<Lanes>(settings_, std::move(progress), store_);
  }

  static std::string id(std::int64_t offset) { return fmt::format("e{:02}", offset); }

  std::int64_t read(std::string_view account, std::string_view type = email) {
    const auto offset = next_offset_++;
    read_at(offset, account, type);
    return offset;
  }
  // Part of a bulk change.
  std::int64_t read_bulk(std::string_view account, std::string_view type = email) {
    const auto offset = next_offset_++;
    read_at(offset, account, type, true);
    return offset;
  }
  void read_at(std::int64_t offset, std::string_view account, std::string_view type = email,
               bool bulk = false) {
    log::StoredRecord event;
    event.offset = offset;
    event.key = account;
    event.value = "{}";
    event.headers = {{"ce_id", id(offset)}, {"ce_type", std::string(type)}};
    if (bulk) event.headers.emplace_back("ce_bulk", "backfill");
    lanes_->read(std::move(event), now_ms_);
  }

  // Attempts that may begin now: "e07/e07/1 ..." (event, sequence, attempt).
  std::string start(std::size_t room = 100) {
    std::string text;
    for (auto& next : lanes_->start(room, now_ms_)) {
      if (!text.empty()) text += ' ';
      const auto name = std::string(log::header_of(*next.event, "ce_id"));
      text += fmt::format("{}/{}/{}", name, next.sequence, next.attempt);
      tickets_[name] = next.ticket;
    }
    return text;
  }

  void ends(const std::string& name, emitters::Verdict verdict,
            std::optional<std::chrono::seconds> retry_after = {}) {
    lanes_->ended({.ticket = tickets_.at(name),
                   .verdict = verdict,
                   .retry_after = retry_after,
                   .status = 500,
                   .reason = "the receiver said no"},
                  now_ms_);
    tickets_.erase(name);
  }
  void delivered(const std::string& name) { ends(name, emitters::Verdict::delivered); }
  void fails(const std::string& name) { ends(name, emitters::Verdict::retry); }
  void withheld(const std::string& name) {
    lanes_->withheld(tickets_.at(name), now_ms_);
    tickets_.erase(name);
  }
  // Until its lane is due again, at the longest.
  void wait() { now_ms_ += settings_.pause_ms_max; }

  // What was said since, as "letters+e01,e02 settled+e00 lanes+a ended+delivered(e00)".
  std::string changes() {
    changes_ = lanes_->take_changes();
    std::string text;
    const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    for (const auto& letter : changes_.letters)
      add(fmt::format("{}{}{}", letter.state == LetterState::dead ? "dead:" : "letter:",
                      letter.urgent ? "urgent:" : "", letter.id()));
    for (const auto& letter : changes_.letters_settled) add("settled:" + id(letter.event.offset));
    for (const auto& [account, lane] : changes_.lanes)
      add(fmt::format("{}={}", account,
                      !lane.state ? "ordinary" : (lane.state->parked ? "parked" : "waiting")));
    for (const auto& ended : changes_.ended)
      add(fmt::format("{}:{}", to_string(ended.fate), log::header_of(*ended.event, "ce_id")));
    return text;
  }

  LaneState state(std::string_view account) { return store_.lane(account).value(); }
  std::string waiting(std::string_view account) {
    std::string text;
    for (const auto& letter : store_.letters_before(account, 1'000'000, 1'000'000))
      text += fmt::format("{}{}{}", text.empty() ? "" : " ",
                          letter.state == LetterState::dead ? "dead:" : "", letter.id());
    return text;
  }

  LaneSettings settings_;
  MemoryLaneStore store_;
  std::unique_ptr<Lanes> lanes_;
  std::map<std::string, std::uint64_t> tickets_;
  Changes changes_;
  std::int64_t now_ms_ = 1'000'000;
  std::int64_t next_offset_ = 0;
};

}  // namespace wakestream::deliver
