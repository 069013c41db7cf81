// A snapshot as an instance of the program takes it: chunks that a query reads a while ago, beside
// a stream that goes on, and the real window between them.
#include <utility>

#include "cdc/snapshot/row_key.h"
#include "tests/simulation/instance.h"

namespace wakestream::simulation {

namespace input = capture::input;
namespace action = capture::action;

namespace {

const cdc::Relation& table() {
  static const cdc::Relation relation{
      1, "t", "a", cdc::ReplicaIdentity::standard, {{"version", 20, -1, false}}, 1};
  return relation;
}

std::uint64_t touch(int key) { return static_cast<std::uint64_t>(key) + 1; }

int number_of(const std::string& text) { return std::stoi(text); }

}  // namespace

void Instance::watch_begin(const Transaction& transaction) {
  if (watches_) window_.began(static_cast<std::uint32_t>(transaction.xid), transaction.commit_lsn);
}

void Instance::watch_row(const Row& row) {
  if (!watches_ || row.key < 0) return;
  if (!row.sent_whole) return window_.is_unknown(touch(row.key));
  const auto text = std::to_string(row.version);
  const cdc::Value value = cdc::Value::of(text);
  window_.is_row(touch(row.key), table(), {&value, 1});
}

void Instance::watch_end() {
  if (watches_) window_.ended();
}

void Instance::take_chunk(const action::TakeChunk& what) {
  if (!watches_ || watched_ != what.progress.number) window_.restart();
  watches_ = true;
  watched_ = what.progress.number;
  const auto number = ++chunk_number_;
  const auto period = window_.period();
  world_.clock.in(world_.random.between(1, 30), [this, number, period, what] {
    if (!alive_ || number != chunk_number_ || connected_ == nullptr) return;
    if (!world_.faults.quiet && world_.random.chance(5))
      return answer_chunk(number, input::ChunkFailed{"locked", true});
    read_chunk(number, period, what.progress.position);
  });
}

void Instance::take_keys(const capture::SnapshotPosition& position) {
  auto& chunk = reading_;
  chunk.again = position.reached_end;
  if (chunk.again) {
    for (const auto& key : position.again) chunk.keys.push_back(number_of(key.front()));
  } else {
    const int first = position.after.empty() ? 0 : number_of(position.after.front()) + 1;
    const int count = static_cast<int>(world_.random.between(1, 8));
    for (int key = first; key < key_count && key < first + count; ++key) chunk.keys.push_back(key);
    chunk.reached_end = first + count >= key_count;
  }
}

// What one query sees: a snapshot, the end of the log behind it, some rows.
void Instance::read_chunk(std::uint64_t number, std::uint64_t period,
                          const capture::SnapshotPosition& position) {
  const auto& server = *connected_;
  reading_ = {};
  reading_.period = period;
  take_keys(position);
  if (server.in_recovery) return read_chunk_on_standby(number);
  cdc::ServerSnapshot snapshot;
  snapshot.xmax = server.next_xid;
  snapshot.xmin = server.unseen.empty() ? server.next_xid : *server.unseen.begin();
  snapshot.in_progress.assign(server.unseen.begin(), server.unseen.end());
  reading_.sight = {snapshot, {}, server.wal_end};
  for (const int key : reading_.keys) reading_.versions.push_back(server.version_seen(key));
  take_chunk_home(number);
}

// What was replayed before it; then a snapshot of some later point; then what was received.
void Instance::read_chunk_on_standby(std::uint64_t number) {
  reading_.sight = {std::nullopt, connected_->wal_end, {}};
  const auto before = connected_->wal.size();
  world_.clock.in(world_.random.between(0, 60), [this, number, before] {
    if (!alive_ || number != chunk_number_ || connected_ == nullptr) return;
    const auto& server = *connected_;
    if (!server.in_recovery || server.wal.size() < before)
      return answer_chunk(number, input::ChunkFailed{"promoted", true});
    const auto more = static_cast<std::int64_t>(server.wal.size() - before);
    const auto seen = before + static_cast<std::size_t>(world_.random.between(0, more));
    const auto seen_end = seen == server.wal.size() ? server.wal_end : server.wal[seen].commit_lsn;
    for (const int key : reading_.keys)
      reading_.versions.push_back(server.version_at(key, seen_end));
    reading_.sight.high = server.wal_end;
    if (mutation_ == Mutation::begin_the_window_late) reading_.sight.low = server.wal_end;
    take_chunk_home(number);
  });
}

void Instance::take_chunk_home(std::uint64_t number) {
  world_.clock.in(world_.random.between(1, 300), [this, number] {
    if (!alive_ || number != chunk_number_) return;
    chunk_ = reading_;
    const bool ran_before = !window_.judge(chunk_.sight).empty();
    if (chunk_.period != window_.period() ||
        (ran_before && mutation_ != Mutation::trust_the_first_chunk))
      return answer_chunk(number, input::ChunkFailed{"", true});
    const auto high =
        mutation_ == Mutation::do_not_wait_for_the_stream ? cdc::Lsn{} : chunk_.sight.high;
    answer_chunk(number, input::ChunkReady{high});
  });
}

void Instance::answer_chunk(std::uint64_t number, const capture::Input& answer) {
  if (number == chunk_number_) feed(answer);
}

void Instance::apply_chunk(const action::ApplyChunk& what) {
  using Kind = cdc::KeyState::Kind;
  if (chunk_.period != window_.period()) return feed(input::ChunkFailed{"", true});
  input::ChunkApplied answer;
  answer.position = what.progress.position;
  if (chunk_.again) answer.position.again.clear();
  EventRecord row;
  row.timeline = stream_timeline_;
  row.commit_lsn = what.late.said_at;
  row.snapshot = what.progress.number;
  const auto before = sealed_.size();
  if (what.empties_context) empty_context(row);
  for (std::size_t at = 0; at < chunk_.keys.size(); ++at) {
    const int key = chunk_.keys[at];
    auto state = window_.state_of(touch(key), chunk_.sight);
    if (mutation_ == Mutation::ignore_what_the_stream_touched) state = {};
    if (state.kind == Kind::unknown) {
      answer.position.again.push_back({std::to_string(key)});
      continue;
    }
    row.key = key;
    row.version = state.kind == Kind::as_streamed
                      ? number_of(std::string(state.image->row.at(0, 0).text))
                      : chunk_.versions[at];
    if (world_.has_context && key < account_count && mutation_ != Mutation::fill_without_rows)
      put_context(row, key, row.version, sealed_);
    sealed_.push_back(row);
    ++answer.position.rows;
  }
  if (!chunk_.again) {
    answer.position.after = {std::to_string(chunk_.keys.back())};
    answer.position.reached_end = chunk_.reached_end;
  }
  if (answer.position.done()) {
    row.key = -1;
    sealed_.push_back(row);
  }
  layers_.seal();
  answer.record_count = sealed_.size() - before;
  answer.byte_count = answer.record_count * 100;
  feed(answer);
}

void Instance::drop_chunk() {
  ++chunk_number_;
  watches_ = false;
}

}  // namespace wakestream::simulation
