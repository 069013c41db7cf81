#include "roles/capture/record_buffers.h"

#include <algorithm>
#include <utility>

namespace wakestream::capture {

RecordBuffers::Fill RecordBuffers::open_fill() const {
  const auto& waiting = context_->waiting();
  return {open_.size() + waiting.size(), open_.byte_count() + waiting.byte_count()};
}

// A row that waited may take less room as an event.
input::RowMapped RecordBuffers::mapped_since(const Fill& before) const {
  const auto now = open_fill();
  return {now.records - std::min(now.records, before.records),
          now.bytes - std::min(now.bytes, before.bytes), !context_->waiting().empty()};
}

input::WaitingSettled RecordBuffers::settled() const {
  const auto now = open_fill();
  return {now.records, now.bytes};
}

void RecordBuffers::seal() {
  sealed_.append(open_);
  context_->seal();
}

void RecordBuffers::undo() {
  open_.clear();
  context_->drop_open();
}

void RecordBuffers::drop() {
  open_.clear();
  sealed_.clear();
  in_flight_is_done_ = true;  // the worker may still be reading it
  context_->drop();
}

void RecordBuffers::release() {
  in_flight_is_done_ = true;
  context_->release();
}

const RecordBatch* RecordBuffers::send(action::Write::Records records) {
  using Records = action::Write::Records;
  // One operation at a time: whoever read the old contents has answered.
  if (std::exchange(in_flight_is_done_, false)) in_flight_.clear();
  if (records == Records::none) return nullptr;
  if (records == Records::sealed) {
    in_flight_.swap(sealed_);
    context_->send_sealed();
  }
  if (records == Records::open) {
    in_flight_.swap(open_);
    context_->send_open();
  }
  return &in_flight_;
}

}  // namespace wakestream::capture
