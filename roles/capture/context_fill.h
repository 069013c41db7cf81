// A new pipeline's account context, from its table into the batch: through the snapshot that the
// making of the slot exported, batch by batch, as the machine asks for them. Decides nothing.
//
// Its thread begins with the first fill of a process; most never have one. Used by the loop's
// thread alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mapping/mapper.h"
#include "roles/capture/action.h"
#include "roles/capture/chunk_worker.h"
#include "roles/capture/context_feed.h"
#include "roles/capture/input.h"
#include "roles/capture/record_buffers.h"

namespace wakestream::capture {

class ContextFill {
 public:
  explicit ContextFill(ChunkWorker::Options options) : options_(std::move(options)) {}

  // Both are answered by take_answer. `server` is the one that made the slot.
  void import(const action::ImportSnapshot& what, const cdc::ServerInstance& server);
  void take(const action::TakeAccounts& what);
  // What the rows give is sealed then. `open` was empty.
  std::optional<Input> take_answer(ContextFeed& context, mapping::Mapper& mapper,
                                   RecordBuffers& buffers);
  void drop();

  // Readable when there is an answer; -1 while there is none to come.
  int wakeup_fd() const { return worker_ ? worker_->wakeup_fd() : -1; }

 private:
  Input record(const ChunkWorker::Taken& taken, ContextFeed& context, mapping::Mapper& mapper,
               const RecordBatch& batch) const;

  ChunkWorker::Options options_;
  ChunkWorker::Task task_;
  std::optional<action::TakeAccounts> wanted_;  // nothing: the snapshot is being taken over
  std::unique_ptr<ChunkWorker> worker_;
};

}  // namespace wakestream::capture
