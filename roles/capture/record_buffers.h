// The three buffers that records travel through (roles/capture/action.h), and with each what its
// records say of the account context.
//
// Used by the loop's thread alone, but for what is in flight: the log's thread reads it from
// send() to its answer.
#pragma once

#include <cstdint>

#include "roles/capture/action.h"
#include "roles/capture/context_feed.h"
#include "roles/capture/input.h"
#include "roles/capture/record_batch.h"

namespace wakestream::capture {

class RecordBuffers {
 public:
  // What a full one holds is set aside at once.
  RecordBuffers(std::size_t records_max, std::size_t bytes_max)
      : open_(records_max, bytes_max),
        sealed_(records_max, bytes_max),
        in_flight_(records_max, bytes_max) {}
  // Outlives this, or is never used again.
  void set_context(ContextFeed& context) { context_ = &context; }

  RecordBatch& open() { return open_; }
  // How much stands in it, and will when the rows that wait for their account do so no longer.
  struct Fill {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  Fill open_fill() const;
  // What the machine is told of it.
  input::RowMapped mapped_since(const Fill& before) const;
  input::WaitingSettled settled() const;
  const RecordBatch& in_flight() const { return in_flight_; }
  // Every record in the three, and of the batch that was committed last until another is sent.
  template <class Visit>
  void visit(Visit visit) const {
    for (const auto* batch : {&in_flight_, &sealed_, &open_})
      for (std::size_t at = 0; at < batch->size(); ++at) visit(batch->at(at));
  }

  void seal();     // `open` goes behind what is in `sealed`
  void undo();     // `open` is emptied
  void drop();     // all three are; what is in flight only before the next is sent
  void release();  // what is in flight is committed, and goes before the next is sent
  // What the log's writer is to write; null: no records.
  const RecordBatch* send(action::Write::Records records);

 private:
  RecordBatch open_;
  RecordBatch sealed_;
  RecordBatch in_flight_;
  bool in_flight_is_done_ = false;
  ContextFeed* context_ = nullptr;
};

}  // namespace wakestream::capture
