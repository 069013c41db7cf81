#include "cdc/pgoutput/decoder.h"

#include <fmt/format.h>

#include "cdc/pgoutput/wire_reader.h"

namespace wakestream::cdc::pgoutput {

namespace {

// 2000-01-01 00:00:00 UTC, PostgreSQL's epoch, in Unix time.
constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;

std::int64_t read_time(WireReader& wire, const char* field) {
  // Infinity and garbage would overflow; no commit has either.
  const auto time = static_cast<std::int64_t>(wire.u64(field));
  if (time > INT64_MAX - postgres_epoch_us) {
    wire.fail(field, "outside the range of a timestamp");
    return 0;
  }
  return time + postgres_epoch_us;
}

Lsn read_lsn(WireReader& wire, const char* field) { return Lsn{wire.u64(field)}; }

void read_tuple(WireReader& wire, std::vector<Value>& row) {
  row.clear();
  const auto count = wire.u16("tuple.column_count");
  // A column is at least one byte; a count beyond that is found out before anything is reserved for
  // it.
  if (count > wire.left())
    return wire.fail("tuple.column_count",
                     fmt::format("{} columns in {} bytes", count, wire.left()));
  for (std::uint16_t column = 0; column < count; ++column) {
    const auto kind = wire.u8("tuple.value_kind");
    if (wire.failed()) return;
    switch (kind) {
      case 'n':
        row.push_back(Value::null());
        break;
      case 'u':
        row.push_back(Value::not_sent());
        break;
      case 't': {
        const auto size = wire.u32("tuple.value_size");
        row.push_back(Value::of(wire.bytes(size, "tuple.value")));
        break;
      }
      case 'b':
        return wire.fail("tuple.value_kind", "a binary value, which was never asked for");
      default:
        return wire.fail("tuple.value_kind", fmt::format("0x{:02x} is not a kind of value", kind));
    }
  }
}

OldRow read_old_row(WireReader& wire, std::uint8_t kind, std::vector<Value>& before) {
  read_tuple(wire, before);
  return kind == 'K' ? OldRow::key_only : OldRow::full;
}

Message read_begin(WireReader& wire) {
  const auto final_lsn = read_lsn(wire, "begin.final_lsn");
  const auto time = read_time(wire, "begin.commit_time");
  return Begin{final_lsn, time, wire.u32("begin.xid")};
}

Message read_commit(WireReader& wire) {
  if (const auto flags = wire.u8("commit.flags"); flags != 0)
    wire.fail("commit.flags", fmt::format("{} is not 0", flags));
  const auto commit_lsn = read_lsn(wire, "commit.commit_lsn");
  const auto end_lsn = read_lsn(wire, "commit.end_lsn");
  return Commit{commit_lsn, end_lsn, read_time(wire, "commit.commit_time")};
}

Message read_origin(WireReader& wire) {
  const auto lsn = read_lsn(wire, "origin.commit_lsn");
  return Origin{lsn, wire.text("origin.name")};
}

Message read_type(WireReader& wire) {
  const auto oid = wire.u32("type.type_oid");
  const auto schema = wire.text("type.schema");
  return Type{oid, schema, wire.text("type.name")};
}

ReplicaIdentity read_replica_identity(WireReader& wire) {
  const auto identity = wire.u8("relation.replica_identity");
  switch (identity) {
    case 'd':
      return ReplicaIdentity::standard;
    case 'n':
      return ReplicaIdentity::nothing;
    case 'f':
      return ReplicaIdentity::full;
    case 'i':
      return ReplicaIdentity::index;
    default:
      wire.fail("relation.replica_identity",
                fmt::format("0x{:02x} is not a replica identity", identity));
      return ReplicaIdentity::nothing;
  }
}

Message read_relation(WireReader& wire, std::vector<RelationColumn>& columns) {
  RelationDescription relation{};
  relation.relation_id = wire.u32("relation.relation_id");
  relation.schema = wire.text("relation.schema");
  if (relation.schema.empty()) relation.schema = "pg_catalog";  // sent as an empty string
  relation.name = wire.text("relation.name");
  relation.replica_identity = read_replica_identity(wire);
  columns.clear();
  const auto count = wire.u16("relation.column_count");
  for (std::uint16_t index = 0; index < count && !wire.failed(); ++index) {
    RelationColumn column{};
    const auto flags = wire.u8("relation.column_flags");
    if (flags > 1)
      wire.fail("relation.column_flags", fmt::format("0x{:02x} has unknown bits", flags));
    column.part_of_key = flags == 1;
    column.name = wire.text("relation.column_name");
    column.type_oid = wire.u32("relation.column_type");
    column.type_modifier = static_cast<std::int32_t>(wire.u32("relation.column_type_modifier"));
    columns.push_back(column);
  }
  relation.columns = columns;
  return relation;
}

Message read_insert(WireReader& wire, std::vector<Value>& after) {
  const auto relation_id = wire.u32("insert.relation_id");
  if (const auto kind = wire.u8("insert.tuple_kind"); kind != 'N')
    wire.fail("insert.tuple_kind", fmt::format("0x{:02x} is not N", kind));
  read_tuple(wire, after);
  return Insert{relation_id, after};
}

Message read_update(WireReader& wire, std::vector<Value>& before, std::vector<Value>& after) {
  Update update{};
  update.relation_id = wire.u32("update.relation_id");
  auto kind = wire.u8("update.tuple_kind");
  before.clear();
  if (kind == 'K' || kind == 'O') {
    update.old_row = read_old_row(wire, kind, before);
    kind = wire.u8("update.new_tuple_kind");
  }
  if (kind != 'N') wire.fail("update.tuple_kind", fmt::format("0x{:02x} is not N", kind));
  read_tuple(wire, after);
  update.before = before;
  update.after = after;
  return update;
}

Message read_delete(WireReader& wire, std::vector<Value>& before) {
  Delete removed{};
  removed.relation_id = wire.u32("delete.relation_id");
  const auto kind = wire.u8("delete.tuple_kind");
  if (kind != 'K' && kind != 'O')
    wire.fail("delete.tuple_kind", fmt::format("0x{:02x} is neither K nor O", kind));
  removed.old_row = read_old_row(wire, kind, before);
  removed.before = before;
  return removed;
}

Message read_truncate(WireReader& wire, std::vector<std::uint32_t>& relation_ids) {
  const auto count = wire.u32("truncate.relation_count");
  const auto options = wire.u8("truncate.options");
  if (options > 3) wire.fail("truncate.options", fmt::format("0x{:02x} has unknown bits", options));
  relation_ids.clear();
  if (count > wire.left() / 4)
    wire.fail("truncate.relation_count",
              fmt::format("{} relations in {} bytes", count, wire.left()));
  for (std::uint32_t index = 0; index < count && !wire.failed(); ++index)
    relation_ids.push_back(wire.u32("truncate.relation_id"));
  return Truncate{(options & 1U) != 0, (options & 2U) != 0, relation_ids};
}

Message read_logical_message(WireReader& wire) {
  const auto flags = wire.u8("message.flags");
  if (flags > 1) wire.fail("message.flags", fmt::format("0x{:02x} has unknown bits", flags));
  const auto lsn = read_lsn(wire, "message.lsn");
  const auto prefix = wire.text("message.prefix");
  const auto size = wire.u32("message.size");
  return LogicalMessage{flags == 1, lsn, prefix, wire.bytes(size, "message.content")};
}

}  // namespace

Result<Message> Decoder::decode(std::string_view payload) {
  if (payload.empty())
    return tl::make_unexpected(Error{ErrorKind::malformed, "an empty message", {}});
  const char kind = payload.front();
  WireReader wire(payload.substr(1));
  auto message = [&]() -> Message {
    switch (kind) {
      case 'B':
        return read_begin(wire);
      case 'C':
        return read_commit(wire);
      case 'O':
        return read_origin(wire);
      case 'R':
        return read_relation(wire, columns_);
      case 'Y':
        return read_type(wire);
      case 'I':
        return read_insert(wire, after_);
      case 'U':
        return read_update(wire, before_, after_);
      case 'D':
        return read_delete(wire, before_);
      case 'T':
        return read_truncate(wire, relation_ids_);
      case 'M':
        return read_logical_message(wire);
      default:
        return Begin{};
    }
  }();
  if (std::string_view("BCORYIUDTM").find(kind) == std::string_view::npos) {
    return tl::make_unexpected(
        Error{ErrorKind::unknown_message,
              fmt::format("message type 0x{:02x} is not known", static_cast<unsigned char>(kind)),
              {}});
  }
  if (!wire.failed() && !wire.at_end())
    wire.fail("message",
              fmt::format("{} bytes are left over in a message of type {}", wire.left(), kind));
  if (wire.failed()) return tl::make_unexpected(Error{ErrorKind::malformed, wire.problem(), {}});
  return message;
}

}  // namespace wakestream::cdc::pgoutput
