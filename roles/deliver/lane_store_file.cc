#include "roles/deliver/lane_store_file.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "roles/deliver/bulk.h"
#include "roles/deliver/lane_tables.h"

namespace wakestream::deliver {

namespace {

using context::StoreStatement;

int rank_of(const Letter& letter) {
  if (letter.state == LetterState::dead) return dead_rank;
  return letter.urgent ? urgent_rank : waiting_rank;
}

Letter read_columns(std::string_view account, const StoreStatement& statement) {
  Letter letter;
  letter.event.key = account;
  letter.event.offset = statement.number(0);
  letter.state = statement.number(1) == dead_rank ? LetterState::dead : LetterState::waiting;
  letter.urgent = statement.number(2) != 0;
  letter.event.partition = static_cast<std::int32_t>(statement.number(3));
  letter.event.timestamp_ms = statement.number(4);
  letter.since_ms = statement.number(5);
  letter.status = static_cast<int>(statement.number(6));
  letter.error = statement.bytes(7);
  letter.replays = static_cast<std::uint32_t>(statement.number(8));
  log::HeaderReader headers(statement.bytes(9));
  for (std::string_view name, value; headers.take(name, value);)
    letter.event.headers.emplace_back(name, value);
  letter.event.value = statement.bytes(10);
  return letter;
}

void bind_or_null(StoreStatement& statement, int at, std::optional<std::int64_t> number) {
  if (number)
    statement.bind(at, *number);
  else
    statement.bind_null(at);
}

}  // namespace

// What is known of an account.
struct LaneStoreFile::Row {
  std::int64_t number = 0;
  std::int64_t urgent = 0;  // urgent letters that wait
  bool recorded = false;    // it has a lane; else letters alone
  LaneState state;
};

// Where a letter is.
struct LaneStoreFile::Place {
  std::int64_t number = 0;
  std::int64_t offset = 0;
  int rank = waiting_rank;
  bool bulk = false;
};

LaneStoreFile::LaneStoreFile(std::unique_ptr<LaneTables> tables) : tables_(std::move(tables)) {}
LaneStoreFile::~LaneStoreFile() = default;

tl::expected<std::unique_ptr<LaneStoreFile>, std::string> LaneStoreFile::make(
    std::size_t memory_bytes) {
  auto tables = LaneTables::make(memory_bytes);
  if (!tables) return tl::unexpected(std::move(tables.error()));
  return std::unique_ptr<LaneStoreFile>(new LaneStoreFile(std::move(*tables)));
}

auto LaneStoreFile::find(std::string_view account) -> std::optional<Row> {
  if (rows_ == 0) return std::nullopt;
  auto& found = tables_->find_row;
  found.bind(1, account);
  if (!tables_->next(found)) return std::nullopt;
  Row row{found.number(0), found.number(1), found.number(2) != 0, {}};
  if (row.recorded)
    row.state = {.parked = found.number(3) != 0,
                 .parked_from = found.number(12),
                 .attempts = static_cast<std::uint32_t>(found.number(5)),
                 .due_ms = found.number(4),
                 .since_ms = found.number(6),
                 .front = std::string(found.bytes(7)),
                 .sequence = std::string(found.bytes(8)),
                 .error = std::string(found.bytes(9)),
                 .status = static_cast<int>(found.number(10)),
                 .bulk = found.number(11) != 0};
  found.reset();
  return row;
}

void LaneStoreFile::put(std::string_view account, const Row& row) {
  auto& statement = tables_->put_row;
  statement.bind(1, account);
  statement.bind(2, row.number);
  statement.bind(3, row.urgent);
  statement.bind(4, std::int64_t{row.recorded});
  statement.bind(5, std::int64_t{row.state.parked});
  statement.bind(6, row.state.due_ms);
  statement.bind(7, std::int64_t{row.state.attempts});
  statement.bind(8, row.state.since_ms);
  statement.bind(9, row.state.front);
  statement.bind(10, row.state.sequence);
  statement.bind(11, row.state.error);
  statement.bind(12, std::int64_t{row.state.status});
  bind_or_null(statement, 13, due_ms(row));
  statement.bind(14, std::int64_t{row.state.bulk});
  statement.bind(15, row.state.parked_from);
  tables_->note(statement.execute());
}

std::optional<std::int64_t> LaneStoreFile::due_ms(const Row& row) {
  if (!row.recorded) return std::nullopt;
  if (!row.state.parked || row.urgent > 0) return row.state.due_ms;
  auto& before = tables_->waits_before;
  before.bind(1, row.number);
  before.bind(2, row.state.parked_from);
  const bool one_waits = tables_->next(before) && before.number(0) != 0;
  before.reset();
  return one_waits ? std::optional(row.state.due_ms) : std::nullopt;
}

auto LaneStoreFile::find_or_make(std::string_view account) -> Row {
  if (auto row = find(account)) return std::move(*row);
  Row row;
  row.number = ++last_row_;
  ++rows_;
  put(account, row);
  return row;
}

bool LaneStoreFile::remove_if_empty(std::string_view account, const Row& row) {
  if (row.recorded) return false;
  auto& any = tables_->any_letter;
  any.bind(1, row.number);
  const bool has_letters = !tables_->next(any) || any.number(0) != 0;
  any.reset();
  if (has_letters) return false;
  tables_->remove_row.bind(1, account);
  tables_->note(tables_->remove_row.execute());
  --rows_;
  return true;
}

std::optional<LaneState> LaneStoreFile::lane(std::string_view account) {
  auto row = find(account);
  if (!row || !row->recorded) return std::nullopt;
  return std::move(row->state);
}

void LaneStoreFile::put_lane(std::string_view account, const LaneState& state) {
  auto row = find_or_make(account);
  count_lane(row, -1);
  row.recorded = true;
  row.state = state;
  count_lane(row, 1);
  put(account, row);
}

void LaneStoreFile::remove_lane(std::string_view account) {
  auto row = find(account);
  if (!row || !row->recorded) return;
  count_lane(*row, -1);
  row->recorded = false;
  row->state = {};
  if (!remove_if_empty(account, *row)) put(account, *row);
}

void LaneStoreFile::count_lane(const Row& row, int by) {
  if (!row.recorded) return;
  auto& lanes = row.state.waits_for_room() ? sums_.lanes_bulk
                : row.state.parked         ? sums_.lanes_parked
                                           : sums_.lanes_waiting;
  lanes += static_cast<std::uint64_t>(by);
}

void LaneStoreFile::count_letter(std::string_view account, Row& row, const Place& place, int by) {
  auto& letters = place.rank == dead_rank ? sums_.letters_dead
                  : place.bulk            ? sums_.letters_bulk
                                          : sums_.letters_waiting;
  letters += static_cast<std::uint64_t>(by);
  const bool is_urgent = place.rank == urgent_rank;
  const bool before_parked = row.state.parked && place.offset < row.state.parked_from;
  if (!is_urgent && !before_parked) return;
  if (is_urgent) row.urgent += by;
  auto& statement = tables_->set_urgent;
  statement.bind(1, account);
  statement.bind(2, row.urgent);
  bind_or_null(statement, 3, due_ms(row));
  tables_->note(statement.execute());
}

auto LaneStoreFile::find_letter(const Row& row, std::int64_t offset) -> std::optional<Place> {
  auto& found = tables_->find_letter;
  found.bind(1, row.number);
  found.bind(2, offset);
  if (!tables_->next(found)) return std::nullopt;
  const Place place{found.number(0), offset, static_cast<int>(found.number(1)),
                    found.number(2) != 0};
  found.reset();
  return place;
}

void LaneStoreFile::put_letter(const Letter& letter) {
  const auto& event = letter.event;
  auto row = find_or_make(event.key);
  const auto before = find_letter(row, event.offset);
  const Place place{before ? before->number : 0, event.offset, rank_of(letter), is_bulk(event)};
  headers_.clear();
  log::HeaderWriter headers(headers_);
  for (const auto& [name, value] : event.headers) headers.add(name, value);
  auto& statement = before ? tables_->update_letter : tables_->insert_letter;
  statement.bind(1, row.number);
  statement.bind(2, event.offset);
  statement.bind(3, std::int64_t{place.rank});
  statement.bind(4, type_number(letter.type()));
  statement.bind(5, std::int64_t{letter.urgent});
  statement.bind(6, std::int64_t{event.partition});
  statement.bind(7, event.timestamp_ms);
  statement.bind(8, letter.since_ms);
  statement.bind(9, std::int64_t{letter.status});
  statement.bind(10, letter.error);
  statement.bind(11, std::int64_t{letter.replays});
  statement.bind(12, headers_);
  statement.bind(13, event.value);
  statement.bind(14, std::int64_t{place.bulk});
  if (before) statement.bind(15, before->number);
  tables_->note(statement.execute());
  if (before) count_letter(event.key, row, *before, -1);
  count_letter(event.key, row, place, 1);
}

void LaneStoreFile::remove_letter(std::string_view account, std::int64_t offset) {
  auto row = find(account);
  const auto place = row ? find_letter(*row, offset) : std::nullopt;
  if (!place) return;
  tables_->remove_letter.bind(1, place->number);
  tables_->note(tables_->remove_letter.execute());
  count_letter(account, *row, *place, -1);
  remove_if_empty(account, *row);
}

std::optional<Letter> LaneStoreFile::front(std::string_view account) {
  const auto row = find(account);
  if (!row) return std::nullopt;
  auto& found = row->urgent > 0 ? tables_->urgent_front : tables_->front;
  found.bind(1, row->number);
  if (!tables_->next(found)) return std::nullopt;
  auto letter = read_columns(account, found);
  found.reset();
  return letter;
}

bool LaneStoreFile::newer_waits(std::string_view account, std::string_view type,
                                std::int64_t offset) {
  const auto row = find(account);
  if (!row) return false;
  auto& found = tables_->newer_waits;
  found.bind(1, row->number);
  found.bind(2, type_number(type));
  found.bind(3, offset);
  const bool waits = tables_->next(found);
  found.reset();
  return waits;
}

std::vector<Letter> LaneStoreFile::letters_before(std::string_view account, std::int64_t before,
                                                  std::size_t count_max) {
  std::vector<Letter> letters;
  const auto row = find(account);
  if (!row) return letters;
  auto& waiting = tables_->waiting_before;
  auto& dead = tables_->dead_before;
  for (auto* found : {&waiting, &dead}) {
    found->bind(1, row->number);
    found->bind(2, before);
    found->bind(3, static_cast<std::int64_t>(count_max));
  }
  // The nearer of both kinds, until there are enough: none is read that is not wanted.
  bool one_waits = tables_->next(waiting);
  bool one_is_dead = tables_->next(dead);
  while ((one_waits || one_is_dead) && letters.size() < count_max) {
    const bool takes_dead = one_is_dead && (!one_waits || dead.number(0) > waiting.number(0));
    letters.push_back(read_columns(account, takes_dead ? dead : waiting));
    if (takes_dead)
      one_is_dead = tables_->next(dead);
    else
      one_waits = tables_->next(waiting);
  }
  waiting.reset();
  dead.reset();
  std::ranges::reverse(letters);
  return letters;
}

std::vector<Letter> LaneStoreFile::dead_letters(std::string_view account, std::size_t count_max) {
  std::vector<Letter> letters;
  const auto row = sums_.letters_dead > 0 ? find(account) : std::nullopt;
  if (!row) return letters;
  auto& found = tables_->dead_before;
  found.bind(1, row->number);
  found.bind(2, std::numeric_limits<std::int64_t>::max());
  found.bind(3, static_cast<std::int64_t>(count_max));
  while (tables_->next(found)) letters.push_back(read_columns(account, found));
  std::ranges::reverse(letters);
  return letters;
}

std::vector<std::string> LaneStoreFile::due(Turn turn, std::int64_t now_ms, std::size_t count_max) {
  std::vector<std::string> accounts;
  auto& found = tables_->due;
  found.bind(1, now_ms);
  found.bind(2, static_cast<std::int64_t>(count_max));
  found.bind(3, std::int64_t{turn == Turn::bulk});
  while (tables_->next(found)) accounts.emplace_back(found.bytes(0));
  return accounts;
}

std::vector<std::string> LaneStoreFile::accounts_after(std::string_view after,
                                                       std::size_t count_max) {
  std::vector<std::string> accounts;
  auto& found = tables_->accounts_after;
  found.bind(1, after);
  found.bind(2, static_cast<std::int64_t>(count_max));
  while (tables_->next(found)) accounts.emplace_back(found.bytes(0));
  return accounts;
}

std::int64_t LaneStoreFile::type_number(std::string_view type) {
  const auto found = types_.find(type);
  if (found != types_.end()) return found->second;
  return types_.emplace(type, static_cast<std::int64_t>(types_.size())).first->second;
}

void LaneStoreFile::note(std::string_view account) {
  tables_->note_account.bind(1, account);
  tables_->note(tables_->note_account.execute());
}

bool LaneStoreFile::is_noted(std::string_view account) {
  auto& found = tables_->find_noted;
  found.bind(1, account);
  const bool noted = tables_->next(found);
  found.reset();
  return noted;
}

void LaneStoreFile::note_erasure(std::string_view account, std::int64_t below) {
  tables_->note_erasure.bind(1, account);
  tables_->note_erasure.bind(2, below);
  tables_->note(tables_->note_erasure.execute());
}

std::int64_t LaneStoreFile::erased_below(std::string_view account) {
  auto& found = tables_->find_erasure;
  found.bind(1, account);
  const auto below = tables_->next(found) ? found.number(0) : 0;
  found.reset();
  return below;
}

void LaneStoreFile::forget_noted() {
  tables_->note(tables_->forget_noted.execute() && tables_->forget_erasures.execute());
}

std::uint64_t LaneStoreFile::bytes() {
  const auto pages = tables_->file.number("PRAGMA page_count");
  const auto page = tables_->file.number("PRAGMA page_size");
  return pages && page ? static_cast<std::uint64_t>(*pages * *page) : 0;
}

std::string LaneStoreFile::take_failure() { return std::exchange(tables_->failure, {}); }

}  // namespace wakestream::deliver
