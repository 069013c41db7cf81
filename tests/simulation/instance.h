// One process: the real capture machine, with its actions carried out against the simulated world.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cdc/snapshot/snapshot_window.h"
#include "context/account_layers.h"
#include "roles/capture/machine.h"
#include "tests/simulation/mutation.h"
#include "tests/simulation/world.h"

namespace wakestream::simulation {

// How often things go wrong, in percent where not said otherwise.
struct Faults {
  int commit_reply_lost = 0;
  int commit_fails = 0;
  int commit_late = 0;
  int stream_cut = 0;  // per 1,000 messages
  bool quiet = false;  // nothing goes wrong any more
};

// (from, input, to), seen while anything ran: held against the table of transitions.
using Seen = std::set<std::tuple<capture::State, std::string, capture::State>>;

class Instance {
 public:
  struct World {
    Random& random;
    Clock& clock;
    Log& log;
    std::vector<std::unique_ptr<Server>>& servers;
    Faults& faults;
    Seen& seen;
    const int& rules_on_disk;
    bool snapshot_initial = false;  // the pipeline begins with one
    bool has_context = false;       // it keeps an account context, which rules join
    // Says that a promise was broken; the schedule ends.
    std::function<void(const std::string&)> broken;
    bool trace = false;
  };

  Instance(World world, int process, Server* server, Mutation mutation, bool slot_existing);
  void start();
  void kill();  // SIGKILL: everything but the world is gone
  void pause() { paused_ = true; }
  void resume();
  void stop() { feed(capture::input::Stop{}); }
  void use_server(Server* server) { server_ = server; }
  void cut_connection();
  void server_died(const Server* server);
  // Nothing passes between the server and this process any more, and neither is told. The server
  // keeps what the connection holds until it notices, before this process does or behind it.
  void mute();

  bool alive() const { return alive_; }
  bool paused() const { return paused_; }
  capture::State state() const { return machine_.state(); }
  const std::string& exit_reason() const { return exit_reason_; }
  const Server* server() const { return server_; }

 private:
  void feed(const capture::Input& input);
  void step(const capture::Input& input);
  void answer_in(std::int64_t delay_ms, capture::Input input);
  void from_postgres(capture::Input input);
  void no_answer();
  static void let_go(Server* server, int session) {
    if (server->lease_session == session) server->lease_session = 0;
    if (server->slot && server->slot->session == session) server->slot->session = 0;
  }
  void carry_out(const capture::Action& action);
  void schedule_tick();
  void pump_stream();
  void receive_one();
  capture::Input connect();
  capture::input::Connected identity() const;
  capture::Input find_slot();
  void start_stream(cdc::Lsn from);
  void feedback(const capture::action::SendFeedback& action);
  void map_row();
  void settle_waiting();
  void seal_open();
  void drop_buffers();
  void catch_up_with_context();
  void watch_begin(const Transaction& transaction);
  void watch_row(const Row& row);
  void watch_end();
  void take_chunk(const capture::action::TakeChunk& what);
  void read_chunk(std::uint64_t number, std::uint64_t period,
                  const capture::SnapshotPosition& position);
  void read_chunk_on_standby(std::uint64_t number);
  void take_keys(const capture::SnapshotPosition& position);
  void take_chunk_home(std::uint64_t number);
  void answer_chunk(std::uint64_t number, const capture::Input& answer);
  void apply_chunk(const capture::action::ApplyChunk& what);
  void drop_chunk();
  void create_slot(const capture::action::CreateSlot& what);
  void import_snapshot();
  void take_accounts(const capture::action::TakeAccounts& what);
  void answer_fill(std::uint64_t number, const capture::Input& answer);
  void record_accounts(const capture::action::TakeAccounts& what, std::uint64_t number);
  void look_for_command();
  void apply_command(const capture::action::ApplyCommand& what);
  void read_checkpoint(const capture::action::ReadCheckpoint& what);
  void open_writer();
  void write(const capture::action::Write& what);
  void write_now(const capture::action::Write& what, const std::vector<EventRecord>& records);
  void in_doubt(const capture::action::Write& what, std::int64_t delay_ms);
  capture::Input checkpoint_now() const;

  World world_;
  int process_;
  Server* server_;
  Mutation mutation_;
  capture::Machine machine_;
  bool alive_ = true;
  bool paused_ = false;
  std::vector<std::function<void()>> while_paused_;
  bool feeding_ = false;
  std::deque<capture::Input> answers_;  // while feeding_
  std::string exit_reason_;
  std::uint64_t tick_number_ = 0;

  // PostgreSQL's side of this process.
  Server* connected_ = nullptr;
  capture::input::Connected first_identity_;
  int session_ = 0;
  static inline thread_local int session_counter = 0;
  bool streaming_ = false;
  bool muted_ = false;
  bool pump_scheduled_ = false;
  std::size_t at_transaction_ = 0;
  std::size_t at_message_ = 0;  // 0: begin, 1..n: rows, n + 1: commit
  cdc::Lsn stream_begin_;
  cdc::Lsn sent_;
  Row current_row_;
  std::int64_t keepalive_due_ms_ = 0;
  bool ping_waits_ = false;
  cdc::Lsn claimed_read_through_;

  // Rules, and the command that was given to the machine.
  int rules_;
  std::int64_t control_next_ = 0;
  std::int64_t control_step_ = 0;
  bool command_given_ = false;
  capture::input::CommandReady command_;
  int command_rules_ = 0;

  // The snapshot.
  struct SimulatedChunk {
    std::uint64_t period = 0;
    cdc::ChunkSight sight;
    std::vector<int> keys;
    std::vector<int> versions;
    bool again = false;  // these keys alone
    bool reached_end = false;
  };
  bool watches_ = false;
  std::uint64_t watched_ = 0;  // which snapshot
  std::uint32_t stream_timeline_ = 0;
  cdc::SnapshotWindow window_;
  std::uint64_t chunk_number_ = 0;
  SimulatedChunk reading_;  // by the query that is under way
  SimulatedChunk chunk_;

  // The account context: the real layers above a store that reads the log's topic.
  class Store final : public context::AccountBase {
   public:
    tl::expected<const context::AccountRecord*, std::string> find(
        std::string_view account_id) override;
    tl::expected<void, std::string> apply(const context::AccountLayer& layer) override;
    std::map<std::string, context::AccountRecord> accounts;
    std::size_t position = 0;  // in the topic
  };
  int context_of(int account);
  void delete_account(const EventRecord& at, int account);
  void put_context(const EventRecord& at, int account, int version,
                   std::vector<EventRecord>& buffer);
  void empty_context(const EventRecord& at);
  // The fill of a new pipeline's, by a connection of its own.
  cdc::Lsn exported_;  // the snapshot that the slot's session keeps; 0: none
  std::uint64_t fill_number_ = 0;
  Server* filled_from_ = nullptr;
  EventRecord fill_place_;
  std::vector<int> fill_versions_;  // of each account
  int fill_next_ = 0;
  bool joins_ = false;  // rules that join it are in force
  Store store_;
  context::AccountLayers layers_{store_};
  std::optional<EventRecord> late_deletion_;  // of a mutation
  std::vector<EventRecord> waiting_;  // of a row whose account was not known, and all behind it

  // The log's side.
  int writer_ = 0;
  std::vector<EventRecord> open_, sealed_, in_flight_;
  capture::Input read_early_;  // mutation: what was read before fencing
};

}  // namespace wakestream::simulation
