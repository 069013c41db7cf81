// The accounts' context on this machine's disk: what the log's context topic says, found by account
// id without reading the topic.
//
// It may be thrown away at any time: it is rebuilt from the topic (context/catch_up.h). It is never
// ahead of what is committed there. `positions` says up to where it has read; it may hold newer
// changes of the same topic too, which do no harm when they are read again.
//
// An SQLite file, format 1; a table a partition of the topic, so that a TRUNCATE empties one at
// once. Memory is bounded: half of `memory_bytes` is SQLite's page cache, half are accounts that
// were looked up lately. A new file takes what it reads in the order in which it comes, without a
// journal (what a crash leaves of it is thrown away), and sorts it once at the end: SQLite keeps
// what does not fit into memory in temporary files.
//
// A file belongs to one process, which holds SQLite's own lock on it. When another has it (an
// instance of the same pipeline on the same machine, that waits or is waited for), the next of a
// few numbered files is taken.
//
// Belongs to one thread at a time. Errors are sentences.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "context/account_cache.h"
#include "context/account_layers.h"
#include "context/account_record.h"

namespace wakestream::context {

struct StoreOptions {
  std::string file;
  std::size_t memory_bytes = std::size_t{64} << 20U;
};

// A change that the topic has.
struct AccountUpdate {
  std::int32_t partition = 0;
  std::string account_id;               // empty: every account of the partition is gone
  std::optional<AccountRecord> record;  // nothing: the account is gone
};

class AccountStore final : public AccountBase {
 public:
  template <class T>
  using Result = tl::expected<T, std::string>;

  // `topic_identity` says whose topic it holds, from its beginning on: a file of another one, of
  // another number of partitions, or one that was not filled to its end is made anew.
  static Result<std::unique_ptr<AccountStore>> open(const StoreOptions& options,
                                                    const std::string& topic_identity,
                                                    std::int32_t partition_count);
  ~AccountStore() override;

  // Of each partition the offset that is to be read next.
  const std::vector<std::int64_t>& positions() const { return positions_; }
  // Everything of the topic is forgotten.
  Result<void> forget();

  // One transaction: the changes in their order, and the positions behind them.
  Result<void> take(std::span<const AccountUpdate> updates,
                    std::span<const std::int64_t> positions);
  // The topic has been read to its end. Only now accounts are found, and a crash leaves the file
  // whole.
  Result<void> filled();

  Result<const AccountRecord*> find(std::string_view account_id) override;
  // The same, past what is held in memory.
  Result<std::optional<AccountRecord>> read(std::string_view account_id);
  // Newer changes; the positions stay.
  Result<void> apply(const AccountLayer& layer) override;

  std::uint64_t account_count();
  const std::string& file() const;

 private:
  struct Database;
  AccountStore(std::unique_ptr<Database> database, std::size_t cache_bytes);
  Result<void> write(const AccountUpdate& update);
  Result<void> load_positions();

  std::unique_ptr<Database> database_;
  AccountCache cache_;
  std::vector<std::int64_t> positions_;
};

}  // namespace wakestream::context
