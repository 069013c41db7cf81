#include "tests/simulation/mutation.h"

namespace wakestream::simulation {

const char* to_string(Mutation mutation) {
  switch (mutation) {
    case Mutation::none:
      return "none";
    case Mutation::acknowledge_before_commit:
      return "acknowledge_before_commit";
    case Mutation::reuse_writer_in_doubt:
      return "reuse_writer_in_doubt";
    case Mutation::skip_idle_checkpoint:
      return "skip_idle_checkpoint";
    case Mutation::read_before_fencing:
      return "read_before_fencing";
    case Mutation::compare_row_lsns:
      return "compare_row_lsns";
    case Mutation::keep_idle_position_over_failover:
      return "keep_idle_position_over_failover";
    case Mutation::trust_the_timeline:
      return "trust_the_timeline";
    case Mutation::identify_once:
      return "identify_once";
    case Mutation::acknowledge_beyond_server:
      return "acknowledge_beyond_server";
    case Mutation::change_rules_inside_transaction:
      return "change_rules_inside_transaction";
    case Mutation::forget_control_position:
      return "forget_control_position";
    case Mutation::ignore_what_the_stream_touched:
      return "ignore_what_the_stream_touched";
    case Mutation::trust_the_first_chunk:
      return "trust_the_first_chunk";
    case Mutation::do_not_wait_for_the_stream:
      return "do_not_wait_for_the_stream";
    case Mutation::forget_snapshot_position:
      return "forget_snapshot_position";
    case Mutation::begin_the_window_late:
      return "begin_the_window_late";
    case Mutation::skip_context_catch_up:
      return "skip_context_catch_up";
    case Mutation::lose_committed_context:
      return "lose_committed_context";
    case Mutation::keep_dropped_context:
      return "keep_dropped_context";
    case Mutation::forget_waiting_rows:
      return "forget_waiting_rows";
    case Mutation::join_before_filled:
      return "join_before_filled";
    case Mutation::put_deletion_on_record_late:
      return "put_deletion_on_record_late";
    case Mutation::fill_without_rows:
      return "fill_without_rows";
    case Mutation::fill_from_a_later_snapshot:
      return "fill_from_a_later_snapshot";
    case Mutation::begin_before_the_fill_is_committed:
      return "begin_before_the_fill_is_committed";
    case Mutation::keep_the_slot_of_the_last_fill:
      return "keep_the_slot_of_the_last_fill";
    case Mutation::keep_accounts_of_the_last_fill:
      return "keep_accounts_of_the_last_fill";
  }
  return "";
}

}  // namespace wakestream::simulation
