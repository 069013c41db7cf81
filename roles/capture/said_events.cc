#include "roles/capture/said_events.h"

#include <algorithm>
#include <utility>

#include "roles/capture/said_number.h"

namespace wakestream::capture {

namespace {

SaidWords words_of(const mapping::Event& event) {
  return {event.type, event.account_id, event.table, event.schema_version, event.payload};
}

constexpr int readings_max = 4;

// Behind everything.
constexpr std::string_view last_sequence = "FFFFFFFF-7FFFFFFFFFFFFFFF";

std::string_view packed_header(std::string_view packed, std::string_view wanted) {
  log::HeaderReader headers(packed);
  std::string_view name;
  std::string_view value;
  while (headers.take(name, value))
    if (name == wanted) return value;
  return {};
}

}  // namespace

SaidEvents::SaidEvents(log::EventLog& event_log, const Topics& topics, const RecordBuffers& buffers,
                       std::function<void()> wake)
    : topics_(topics), buffers_(buffers), reader_(event_log, topics.events, std::move(wake)) {}

void SaidEvents::begin(std::vector<std::string> types) {
  if (stage_ != Stage::off) return;
  failure_.clear();
  types_ = std::move(types);
  stage_ = Stage::reading;
  readings_ = 0;
  begin_notes();
  reader_.begin(types_);
}

void SaidEvents::drop() {
  if (stage_ != Stage::off) reader_.drop();
  stage_ = Stage::off;
  index_.reset();
  overtaken_.clear();
}

// What is on its way to the log may be behind what a reader sees; so may be what was committed last
// (on Kafka, until its markers are written: no later transaction begins before).
void SaidEvents::begin_notes() {
  ++readings_;
  overtaken_.clear();
  too_many_ = false;
  buffers_.visit([this](const log::Record& record) {
    if (record.topic == topics_.events)
      overtaken_.insert(said_key(packed_header(record.headers, "ce_type"), record.key));
  });
}

std::optional<Input> SaidEvents::take_answer() {
  if (stage_ != Stage::reading) return std::nullopt;
  auto answer = reader_.take();
  if (!answer) {
    const auto progress = reader_.take_progress();
    if (!progress) return std::nullopt;
    return input::ComparisonRead{progress->read, progress->to_read};
  }
  if (!*answer) {
    const auto problem = answer->error();
    drop();
    return input::ChunkFailed{problem.message, problem.passing};
  }
  if (too_many_ || (!overtaken_.empty() && readings_ < readings_max)) {
    begin_notes();
    reader_.go_on(std::move(**answer));
    return std::nullopt;
  }
  if (auto taken = take_over(std::move(**answer)); !taken) {
    fail(taken.error());
    return input::ChunkFailed{take_failure(), false};
  }
  return input::ChunkFailed{{}, true};
}

tl::expected<void, std::string> SaidEvents::take_over(SaidReader::Index index) {
  for (const auto key : overtaken_)
    if (auto forgotten = index->forget(key); !forgotten) return forgotten;
  overtaken_.clear();
  reader_.drop();
  index_ = std::move(index);
  stage_ = Stage::known;
  return {};
}

std::optional<std::uint32_t> SaidEvents::number_of(std::string_view type) const {
  const auto found = std::find(types_.begin(), types_.end(), type);
  if (found == types_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - types_.begin());
}

void SaidEvents::take_note(const mapping::Event& event, std::string_view sequence) {
  const auto type = number_of(event.type);
  if (!type) return;
  if (stage_ == Stage::reading) {
    if (too_many_) return;
    overtaken_.insert(said_key(event.type, event.account_id));
    too_many_ = overtaken_.size() > overtaken_max;
    return;
  }
  const auto said = said_event(*type, words_of(event), sequence);
  if (!said) return fail("an event was recorded with a sequence that cannot be read");
  if (auto done = index_->say(*said); !done) fail(done.error());
}

bool SaidEvents::is_said(const mapping::Event& event) {
  const auto type = number_of(event.type);
  if (stage_ != Stage::known || !type) return false;
  const auto said = said_event(*type, words_of(event), last_sequence);
  if (!said) return false;
  const auto same = index_->meet(*said);
  if (!same) fail(same.error());
  return same.value_or(false);
}

std::uint64_t SaidEvents::not_met(const std::vector<std::string>& types) const {
  std::uint64_t count = 0;
  for (const auto& type : types)
    if (const auto number = number_of(type); number && index_) count += index_->not_met(*number);
  return count;
}

void SaidEvents::fail(const std::string& because) {
  drop();
  failure_ = "what was said before could not be compared: " + because;
}

}  // namespace wakestream::capture
