#include "cdc/stream/transaction_stream.h"

#include <fmt/format.h>

#include <utility>

#include "cdc/pgoutput/decoder.h"
#include "cdc/stream/relation_cache.h"

namespace wakestream::cdc {

using pgoutput::Message;

struct TransactionStream::State {
  pgoutput::Decoder decoder;
  RelationCache relations;
  bool in_transaction = false;
  Lsn commit_lsn;
  std::uint64_t ordinal = 0;
  Lsn wal_start;
  std::vector<Value> before;
  std::vector<Value> after;
  std::vector<RowChange> truncated;

  tl::unexpected<Error> inconsistent(std::string message) const {
    return tl::make_unexpected(Error{ErrorKind::inconsistent, std::move(message), wal_start});
  }

  Result<const Relation*> relation_of(std::uint32_t relation_id, const char* message) {
    return described(relations.of_row(relation_id), relation_id, message);
  }

  Result<const Relation*> described(const Relation* relation, std::uint32_t relation_id,
                                    const char* message) const {
    if (!in_transaction) return inconsistent(fmt::format("{} outside a transaction", message));
    if (relation == nullptr)
      return inconsistent(fmt::format("{} of relation {}, which the stream has not described",
                                      message, relation_id));
    return relation;
  }

  Result<Nothing> fits(const Relation& relation, std::span<const Value> row,
                       const char* message) const {
    if (row.size() == relation.columns.size()) return Nothing{};
    return inconsistent(
        fmt::format("{} of {}.{} has {} columns, and the table was described with {}", message,
                    relation.schema, relation.name, row.size(), relation.columns.size()));
  }

  // An old row is called whole where the whole table's replica identity is FULL, whatever the
  // partition that it lies in has kept of it.
  static OldRow old_row_of(OldRow said, const Relation& relation) {
    const bool full = relation.replica_identity == ReplicaIdentity::full;
    return said == OldRow::full && !full ? OldRow::key_only : said;
  }

  // PostgreSQL sends the columns outside the key as NULL; they are not.
  void hide_beyond_key(const Relation& relation) {
    for (std::size_t column = 0; column < before.size(); ++column) {
      if (!relation.columns[column].part_of_key) before[column] = Value::not_sent();
    }
  }

  // "Unchanged" means: what the old row has.
  void fill_unchanged() {
    for (std::size_t column = 0; column < after.size(); ++column) {
      if (after[column].kind == Value::Kind::not_sent) after[column] = before[column];
    }
  }

  Result<StreamItem> take(const pgoutput::Begin& begin) {
    if (in_transaction)
      return inconsistent(fmt::format("a transaction begins inside the one that commits at {}",
                                      to_string(commit_lsn)));
    in_transaction = true;
    commit_lsn = begin.final_lsn;
    ordinal = 0;
    return TransactionBegin{begin.final_lsn, begin.commit_time_us, begin.xid};
  }

  Result<StreamItem> take(const pgoutput::Commit& commit) {
    if (!in_transaction) return inconsistent("a commit outside a transaction");
    if (commit.commit_lsn != commit_lsn) {
      return inconsistent(
          fmt::format("a commit at {} ends the transaction that was to commit at {}",
                      to_string(commit.commit_lsn), to_string(commit_lsn)));
    }
    if (commit.end_lsn <= commit.commit_lsn)
      return inconsistent("a commit that ends before it starts");
    in_transaction = false;
    return TransactionCommit{commit.commit_lsn, commit.end_lsn, commit.commit_time_us, ordinal};
  }

  Result<StreamItem> take(const pgoutput::Origin& origin) {
    if (!in_transaction) return inconsistent("an origin outside a transaction");
    return TransactionOrigin{origin.name};
  }

  Result<StreamItem> take(const pgoutput::RelationDescription& description) {
    relations.describe(description);
    return Nothing{};
  }

  Result<StreamItem> take(const pgoutput::Type&) { return Nothing{}; }

  // One that is not transactional comes anywhere, and even from what was rolled back.
  Result<StreamItem> take(const pgoutput::LogicalMessage& message) {
    if (!message.transactional) return Nothing{};
    if (!in_transaction) return inconsistent("a transactional message outside a transaction");
    return TransactionMessage{message.prefix, message.content};
  }

  Result<StreamItem> take(const pgoutput::Insert& insert) {
    const auto relation = relation_of(insert.relation_id, "an insert");
    if (!relation) return tl::make_unexpected(relation.error());
    if (auto fit = fits(**relation, insert.after, "an insert"); !fit)
      return tl::make_unexpected(fit.error());
    return RowChange{Operation::insert, *relation, OldRow::absent, {},
                     insert.after,      ++ordinal, wal_start};
  }

  Result<StreamItem> take(const pgoutput::Update& update) {
    const auto relation = relation_of(update.relation_id, "an update");
    if (!relation) return tl::make_unexpected(relation.error());
    if (auto fit = fits(**relation, update.after, "an update"); !fit)
      return tl::make_unexpected(fit.error());
    const auto old_row = old_row_of(update.old_row, **relation);
    RowChange change{Operation::update, *relation, old_row, {}, update.after, ++ordinal, wal_start};
    if (update.old_row == OldRow::absent) return change;
    if (auto fit = fits(**relation, update.before, "the old row of an update"); !fit)
      return tl::make_unexpected(fit.error());
    change.before = update.before;
    if (old_row == OldRow::key_only) {
      before.assign(update.before.begin(), update.before.end());
      hide_beyond_key(**relation);
      change.before = before;
    } else if (has_unsent(update.after)) {
      before.assign(update.before.begin(), update.before.end());
      after.assign(update.after.begin(), update.after.end());
      fill_unchanged();
      change.after = after;
    }
    return change;
  }

  static bool has_unsent(std::span<const Value> row) {
    for (const auto& value : row) {
      if (value.kind == Value::Kind::not_sent) return true;
    }
    return false;
  }

  Result<StreamItem> take(const pgoutput::Delete& removed) {
    const auto relation = relation_of(removed.relation_id, "a delete");
    if (!relation) return tl::make_unexpected(relation.error());
    if (auto fit = fits(**relation, removed.before, "a delete"); !fit)
      return tl::make_unexpected(fit.error());
    before.assign(removed.before.begin(), removed.before.end());
    const auto old_row = old_row_of(removed.old_row, **relation);
    if (old_row == OldRow::key_only) hide_beyond_key(**relation);
    return RowChange{Operation::remove, *relation, old_row, before, {}, ++ordinal, wal_start};
  }

  Result<StreamItem> take(const pgoutput::Truncate& truncate) {
    truncated.clear();
    ++ordinal;
    for (const auto relation_id : truncate.relation_ids) {
      const auto relation =
          described(relations.of_truncate(relation_id), relation_id, "a truncate");
      if (!relation) return tl::make_unexpected(relation.error());
      truncated.push_back(
          RowChange{Operation::truncate, *relation, OldRow::absent, {}, {}, ordinal, wal_start});
    }
    if (!in_transaction) return inconsistent("a truncate outside a transaction");
    return Truncation{truncated};
  }
};

TransactionStream::TransactionStream() : state_(std::make_unique<State>()) {}
TransactionStream::~TransactionStream() = default;

bool TransactionStream::in_transaction() const { return state_->in_transaction; }

Result<StreamItem> TransactionStream::push(Lsn wal_start, std::string_view payload) {
  state_->wal_start = wal_start;
  auto message = state_->decoder.decode(payload);
  if (!message) {
    auto error = std::move(message.error());
    error.lsn = wal_start;
    return tl::make_unexpected(std::move(error));
  }
  return std::visit([this](const auto& what) { return state_->take(what); }, *message);
}

}  // namespace wakestream::cdc
