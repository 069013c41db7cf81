// What was last said of each account, by type of event: not the words, a number of them. With it a
// snapshot can leave out what would only say the newest event of an account and a type once more.
//
// It is filled from the log's events, in any order (of a key the one of the highest place counts),
// and then kept as new ones are said. A file without a name that is gone with this object: it is
// never read again, so that nothing in it can be out of date. Memory is bounded by `memory_bytes`,
// whatever the number of accounts. What is read goes into the file as it comes and is sorted once
// at the end; SQLite keeps what does not fit into memory in temporary files.
//
// A key is 64 bits of type and account. Where two meet in one key the contents differ, because they
// are numbers of type and account as well: an event is then said once more than needed, never left
// out.
//
// Belongs to one thread at a time. Errors are sentences.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace wakestream::context {

// An event, as the index knows it.
struct SaidEvent {
  struct Content {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(const Content&, const Content&) = default;
  };
  std::uint64_t key = 0;   // of its type and account
  std::uint32_t type = 0;  // by number, below type_count
  Content content;         // of everything that it says, its type and account included
  // Where it stands: of the sequence, epoch and LSN.
  std::uint32_t epoch = 0;
  std::uint64_t lsn = 0;
};

class SaidIndex {
 public:
  template <class T>
  using Result = tl::expected<T, std::string>;

  static Result<std::unique_ptr<SaidIndex>> make(std::size_t memory_bytes, std::size_t type_count);
  ~SaidIndex();

  // While it is filled: what takes long ends with an error soon after `gives_up` is true. Null:
  // nobody gives up any more.
  void watch(std::atomic<bool>* gives_up);

  // What the log has. Of several events of a key the one of the highest place stays, of the same
  // place the last.
  Result<void> take(std::span<const SaidEvent> events);
  // Everything that was there has been taken; more may be. From here on events are found.
  Result<void> sort();

  // How many keys there are of that type, and of those how many `meet` has not met. Events that
  // were said since the index was sorted add none.
  std::uint64_t count(std::uint32_t type) const { return counts_[type].keys; }
  std::uint64_t not_met(std::uint32_t type) const { return counts_[type].keys - counts_[type].met; }

  // It is said now.
  Result<void> say(const SaidEvent& event);
  // Nothing is known of that key any more.
  Result<void> forget(std::uint64_t key);
  // A row gives this event, at a place behind all that was said. Is it what was said last?
  Result<bool> meet(const SaidEvent& event);

 private:
  struct Database;
  struct Count {
    std::uint64_t keys = 0;
    std::uint64_t met = 0;
  };
  SaidIndex(std::unique_ptr<Database> database, std::size_t type_count);
  Result<void> add(const SaidEvent& event);

  std::unique_ptr<Database> database_;
  std::vector<Count> counts_;
  bool sorted_ = false;
};

}  // namespace wakestream::context
