// The lane store on this machine's disk: an SQLite file without a name (in SQLITE_TMPDIR, else
// /var/tmp), gone with this object, and with the process however that ends.
//
// Memory is bounded by `memory_bytes`, SQLite's page cache, whatever waits; the file has about the
// size of the events that wait. It is one transaction that is never committed, and has no journal:
// after a failure it is of no use any more, and is made anew (store_rebuild.h).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

struct LaneTables;

class LaneStoreFile final : public LaneStore {
 public:
  static constexpr std::size_t usual_memory_bytes = std::size_t{16} << 20U;

  // The error is a sentence.
  static tl::expected<std::unique_ptr<LaneStoreFile>, std::string> make(
      std::size_t memory_bytes = usual_memory_bytes);
  ~LaneStoreFile() override;

  std::optional<LaneState> lane(std::string_view account) override;
  void put_lane(std::string_view account, const LaneState& state) override;
  void remove_lane(std::string_view account) override;
  std::vector<std::string> due(Turn turn, std::int64_t now_ms, std::size_t count_max) override;

  void put_letter(const Letter& letter) override;
  void remove_letter(std::string_view account, std::int64_t offset) override;
  std::optional<Letter> front(std::string_view account) override;
  bool newer_waits(std::string_view account, std::string_view type, std::int64_t offset) override;
  std::vector<Letter> letters_before(std::string_view account, std::int64_t before,
                                     std::size_t count_max) override;
  std::vector<Letter> dead_letters(std::string_view account, std::size_t count_max) override;

  std::vector<std::string> accounts_after(std::string_view after, std::size_t count_max) override;
  void note(std::string_view account) override;
  bool is_noted(std::string_view account) override;
  void note_erasure(std::string_view account, std::int64_t below) override;
  std::int64_t erased_below(std::string_view account) override;
  void forget_noted() override;
  Sums sums() override { return sums_; }
  std::string take_failure() override;

  // Of the file, and of what of it is still in memory.
  std::uint64_t bytes();

 private:
  struct Row;
  struct Place;
  explicit LaneStoreFile(std::unique_ptr<LaneTables> tables);
  std::optional<Row> find(std::string_view account);
  Row find_or_make(std::string_view account);
  void put(std::string_view account, const Row& row);
  // False: it has a lane or a letter.
  bool remove_if_empty(std::string_view account, const Row& row);
  std::optional<Place> find_letter(const Row& row, std::int64_t offset);
  void count_lane(const Row& row, int by);
  void count_letter(std::string_view account, Row& row, const Place& place, int by);
  // When its front may be tried; nothing: not by time alone.
  std::optional<std::int64_t> due_ms(const Row& row);
  std::int64_t type_number(std::string_view type);

  std::unique_ptr<LaneTables> tables_;
  std::map<std::string, std::int64_t, std::less<>> types_;  // an event type's number in the file
  std::uint64_t rows_ = 0;                                  // accounts with a lane or a letter
  std::int64_t last_row_ = 0;
  std::string headers_;  // packed, of the letter that is put
  Sums sums_;
};

}  // namespace wakestream::deliver
