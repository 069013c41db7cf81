#include "emitters/file/file_emitter.h"

#include <algorithm>
#include <chrono>

#include "emitters/event_json.h"

namespace wakestream::emitters {

namespace {

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

std::size_t FileEmitter::room() const { return room_max - std::min(room_max, tickets_.size()); }

void FileEmitter::send(std::span<const Attempt> attempts) {
  for (const auto& attempt : attempts) {
    const auto begin = lines_.size();
    append_event_json(attempt, WithId::yes, lines_);
    // Between the members of a payload there may be line ends; in a JSON text there are none.
    std::replace_if(
        lines_.begin() + static_cast<std::ptrdiff_t>(begin), lines_.end(),
        [](char letter) { return letter == '\n' || letter == '\r'; }, ' ');
    lines_ += '\n';
    tickets_.push_back(attempt.ticket);
    begin_by_ms_ = std::min(begin_by_ms_, attempt.begin_by_ms);
  }
}

void FileEmitter::take(std::chrono::milliseconds wait, std::vector<Outcome>& out) {
  if (tickets_.empty())
    wait_at_most(wait);
  else
    write(out);
  // What fails here delays a file and loses nothing: it is tried again.
  static_cast<void>(files_.finish_due(now()));
}

void FileEmitter::write(std::vector<Outcome>& out) {
  auto outcome = append();
  for (const auto ticket : tickets_) {
    outcome.ticket = ticket;
    out.push_back(outcome);
  }
  tickets_.clear();
  lines_.clear();
  begin_by_ms_ = no_time_limit;
}

// But for its ticket.
Outcome FileEmitter::append() {
  if (boot_ms() > begin_by_ms_)
    return {.verdict = Verdict::retry, .reason = std::string(begins_too_late)};
  const auto written = files_.append(lines_, now());
  if (written) return {.verdict = Verdict::delivered, .reason = "written"};
  return {.verdict = written.error().perhaps_written ? Verdict::unknown : Verdict::retry,
          .reason = written.error().reason};
}

void FileEmitter::wait_at_most(std::chrono::milliseconds wait) {
  if (const auto due = files_.due())
    wait = std::min(wait, std::max(std::chrono::ceil<std::chrono::milliseconds>(
                                       *due - std::chrono::system_clock::now()),
                                   std::chrono::milliseconds{100}));
  std::unique_lock lock(mutex_);
  called_.wait_for(lock, wait, [&] { return woken_; });
  woken_ = false;
}

void FileEmitter::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  called_.notify_one();
}

}  // namespace wakestream::emitters
