// A mutation breaks a process in one of the ways that the protocol exists to prevent. Each must be
// caught; otherwise the simulator is not worth its time.
#pragma once

#include <cstdint>

namespace wakestream::simulation {

enum class Mutation : std::uint8_t {
  none,
  acknowledge_before_commit,  // PostgreSQL is told while the log transaction is still on its way
  reuse_writer_in_doubt,      // the writer whose commit is in doubt is kept and used again
  skip_idle_checkpoint,       // a keepalive's position is acknowledged without being written first
  read_before_fencing,        // the checkpoint is read before the older writer is ended
  compare_row_lsns,           // what is done is judged by the row's LSN, not its commit's
  keep_idle_position_over_failover,  // the idle position of the old primary is kept on the new one
  trust_the_timeline,         // a standby is taken to be on the timeline that it was found on
  identify_once,              // who the server is, is not asked again after the lease was got
  acknowledge_beyond_server,  // a standby that is behind is told to forget what it has not yet
  change_rules_inside_transaction,  // new rules are in force as soon as they are ready
  forget_control_position,          // a checkpoint is read without how far the commands are done
  ignore_what_the_stream_touched,   // a chunk goes out as it was read
  trust_the_first_chunk,            // transactions from before the window are taken for unstreamed
  do_not_wait_for_the_stream,       // a chunk goes out before the stream has passed what it shows
  forget_snapshot_position,         // a checkpoint is read without how far the snapshot is
  begin_the_window_late,            // on a standby: its position is asked behind the snapshot
  skip_context_catch_up,            // the store is not read to the end of its topic at a start
  lose_committed_context,           // what was in flight does not get into the store
  keep_dropped_context,             // what is dropped with its records is known all the same
  forget_waiting_rows,              // the machine is not told that rows wait for their account
  join_before_filled,           // rules that join are in force while the context is being filled
  fill_without_rows,            // the rows of its table do not get into the context
  put_deletion_on_record_late,  // what stays of a deleted account goes out with the next one's
  fill_from_a_later_snapshot,   // a new pipeline's context is read as its table is later
  begin_before_the_fill_is_committed,  // "born" is written while its accounts are on their way
  keep_the_slot_of_the_last_fill,      // a fill that was not ended begins anew with the old slot
  keep_accounts_of_the_last_fill,      // what one that was not ended has written stays
};
inline constexpr int mutation_count = 28;
const char* to_string(Mutation mutation);

}  // namespace wakestream::simulation
