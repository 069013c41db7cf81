// Attempts as lines of files (emitters/file/line_files.h): each is a JSON object, the event as a
// recipe's body `event` has it, with its id. See emitters/emitter.h for what is promised; all
// attempts that were handed over since the last call of `take` reach the disk by one fsync, and
// none is called delivered before.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "emitters/emitter.h"
#include "emitters/file/line_files.h"

namespace wakestream::emitters {

class FileEmitter final : public Emitter {
 public:
  static constexpr std::size_t room_max = 1'000;

  explicit FileEmitter(FileSettings settings) : files_(std::move(settings)) {}

  std::size_t room() const override;
  void send(std::span<const Attempt> attempts) override;
  void take(std::chrono::milliseconds wait, std::vector<Outcome>& out) override;
  void wake() override;

 private:
  void write(std::vector<Outcome>& out);
  Outcome append();
  void wait_at_most(std::chrono::milliseconds wait);

  LineFiles files_;
  std::string lines_;
  std::vector<std::uint64_t> tickets_;        // of `lines_`
  std::int64_t begin_by_ms_ = no_time_limit;  // the earliest of them

  std::mutex mutex_;  // of what is below
  std::condition_variable called_;
  bool woken_ = false;
};

}  // namespace wakestream::emitters
