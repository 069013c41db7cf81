// What was said last of each account, for a snapshot that gives only what differs from it.
//
// An event of the snapshot may be left out exactly when the newest event of its account and type
// says the same: to whoever keeps the newest it would be no news. So the index must have the newest
// of all that stands before the snapshot's row, at the moment when that row goes out:
//
//   in the log      a thread reads it (said_reader.h), once; the stream goes on meanwhile
//   in the buffers, and what is said while it is read
//                   those keys are noted. Where there are some the thread reads on to the log's end
//                   of now, and the notes begin anew; but not for ever while few come each time:
//                   they are not known to the index when it is taken over, and are said again
//   said later      by the stream, by a command or by the snapshot itself: kept in the index as it
//                   is recorded
//
// A table may have several rows of an account. They are judged one by one in the order in which
// they go out, each against what was said just before it, so what is said last is what the
// snapshot would have said last.
//
// What was recorded and is then dropped was never said: with the buffers the index is dropped too,
// and read anew from the log when the snapshot goes on.
//
// Used by the loop's thread alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mapping/event.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/input.h"
#include "roles/capture/record_buffers.h"
#include "roles/capture/said_reader.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

class SaidEvents final : public RecordedEvents {
 public:
  // So many keys of accounts and types may be said while the log is read: more than the buffers
  // hold.
  static constexpr std::size_t overtaken_max = 50'000;

  // All outlive it. `wake`: SaidReader's.
  SaidEvents(log::EventLog& event_log, const Topics& topics, const RecordBuffers& buffers,
             std::function<void()> wake);

  // Begins to read what was said of these types, unless that has begun.
  void begin(std::vector<std::string> types);
  // Is everything known that was said?
  bool ready() const { return stage_ == Stage::known; }
  // While it is read: ComparisonRead; then ChunkFailed, without a reason when the chunk is only to
  // be asked for once more, because it is ready.
  std::optional<Input> take_answer();
  void drop();

  void on_recorded(const mapping::Event& event, std::string_view sequence) override {
    if (stage_ != Stage::off) take_note(event, sequence);
  }
  // A row of the snapshot gives this event. Is it what was said last of its account and type?
  bool is_said(const mapping::Event& event);
  // How many accounts something was said of that no row was met of, each type for itself.
  std::uint64_t not_met(const std::vector<std::string>& types) const;
  // Why nothing can be compared any more, told once; empty: it can.
  std::string take_failure() { return std::exchange(failure_, {}); }

 private:
  enum class Stage : std::uint8_t { off, reading, known };

  void take_note(const mapping::Event& event, std::string_view sequence);
  std::optional<std::uint32_t> number_of(std::string_view type) const;
  void begin_notes();
  tl::expected<void, std::string> take_over(SaidReader::Index index);
  void fail(const std::string& because);

  const Topics& topics_;
  const RecordBuffers& buffers_;
  Stage stage_ = Stage::off;
  std::vector<std::string> types_;
  std::unordered_set<std::uint64_t> overtaken_;
  bool too_many_ = false;
  int readings_ = 0;  // of the log, each behind the one before
  SaidReader::Index index_;
  std::string failure_;
  SaidReader reader_;
};

}  // namespace wakestream::capture
