// Writes pgoutput's messages as PostgreSQL's proto.c does: the test's side of the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::cdc::test {

class Bytes {
 public:
  Bytes& u8(unsigned value) { return number(value, 1); }
  Bytes& u16(unsigned value) { return number(value, 2); }
  Bytes& u32(std::uint64_t value) { return number(value, 4); }
  Bytes& u64(std::uint64_t value) { return number(value, 8); }
  Bytes& text(std::string_view value) {
    out_ += value;
    return u8(0);
  }
  Bytes& raw(std::string_view value) {
    out_ += value;
    return *this;
  }
  operator std::string() const { return out_; }  // NOLINT: a message is its bytes

 private:
  Bytes& number(std::uint64_t value, int size) {
    for (int at = size - 1; at >= 0; --at) out_ += static_cast<char>(value >> (8 * at) & 0xFFU);
    return *this;
  }
  std::string out_;
};

// A value on the wire: text, NULL, or not sent.
struct Cell {
  char kind = 't';
  std::string text;
  Cell(const char* value) : text(value) {}  // NOLINT
  explicit Cell(char special) : kind(special) {}
};
inline const Cell null_cell{'n'};
inline const Cell unsent_cell{'u'};

inline std::string tuple(const std::vector<Cell>& cells) {
  Bytes bytes;
  bytes.u16(static_cast<unsigned>(cells.size()));
  for (const auto& cell : cells) {
    bytes.u8(static_cast<unsigned char>(cell.kind));
    if (cell.kind == 't') bytes.u32(cell.text.size()).raw(cell.text);
  }
  return bytes;
}

inline std::string begin(std::uint64_t commit_lsn, std::int64_t time = 0, std::uint32_t xid = 7) {
  return Bytes().raw("B").u64(commit_lsn).u64(static_cast<std::uint64_t>(time)).u32(xid);
}
inline std::string commit(std::uint64_t commit_lsn, std::uint64_t end_lsn, std::int64_t time = 0) {
  return Bytes().raw("C").u8(0).u64(commit_lsn).u64(end_lsn).u64(static_cast<std::uint64_t>(time));
}
struct ColumnSpec {
  const char* name;
  bool key = false;
  std::uint32_t type = 25;
};
inline std::string relation(std::uint32_t id, const char* schema, const char* name, char identity,
                            const std::vector<ColumnSpec>& columns) {
  Bytes bytes;
  bytes.raw("R")
      .u32(id)
      .text(schema)
      .text(name)
      .u8(static_cast<unsigned char>(identity))
      .u16(static_cast<unsigned>(columns.size()));
  for (const auto& column : columns)
    bytes.u8(column.key ? 1 : 0).text(column.name).u32(column.type).u32(0xFFFFFFFF);
  return bytes;
}
inline std::string insert(std::uint32_t id, const std::vector<Cell>& after) {
  return Bytes().raw("I").u32(id).raw("N").raw(tuple(after));
}
inline std::string update(std::uint32_t id, const std::vector<Cell>& after) {
  return Bytes().raw("U").u32(id).raw("N").raw(tuple(after));
}
inline std::string update(std::uint32_t id, char kind, const std::vector<Cell>& before,
                          const std::vector<Cell>& after) {
  return Bytes().raw("U").u32(id).raw({&kind, 1}).raw(tuple(before)).raw("N").raw(tuple(after));
}
inline std::string remove(std::uint32_t id, char kind, const std::vector<Cell>& before) {
  return Bytes().raw("D").u32(id).raw({&kind, 1}).raw(tuple(before));
}
inline std::string truncate(const std::vector<std::uint32_t>& ids, unsigned options = 0) {
  Bytes bytes;
  bytes.raw("T").u32(ids.size()).u8(options);
  for (const auto id : ids) bytes.u32(id);
  return bytes;
}

}  // namespace wakestream::cdc::test
