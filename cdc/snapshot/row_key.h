// A row's key as a number: 128 bits of its table and of the text forms of its key's columns.
//
// The full number is part of a snapshot event's id, so it is the same on every machine and for
// ever. Its half says whether two rows may be the same one: where that errs, a row is read once
// more. Not for adversaries: FNV-1a, 128 bits.
//
// Source: "The FNV Non-Cryptographic Hash Algorithm", RFC 9923.
#pragma once

#include <cstdint>
#include <string_view>

namespace wakestream::cdc {

struct RowKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const RowKey&, const RowKey&) = default;
};

class RowKeyHash {
 public:
  // A number that is not a text of the row comes first: which snapshot, which table.
  RowKeyHash& add(std::uint64_t number);
  // With its length, so that ("a", "bc") and ("ab", "c") differ.
  RowKeyHash& add(std::string_view text);
  RowKey value() const { return {high_, low_}; }

 private:
  void add_byte(unsigned char byte);

  std::uint64_t high_ = 0x6c62272e07bb0142;
  std::uint64_t low_ = 0x62b821756295c58d;
};

}  // namespace wakestream::cdc
