#include "roles/capture/transitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace wakestream::capture {

namespace {

using S = State;

// One row a line, however long.
// clang-format off
const Transition table[] = {
    // The way in.
    {{S::offline}, "Tick", {S::connecting}, "the pause is over", "connect"},
    {{S::connecting}, "Connected", {S::leasing}, "wal_level is logical; no standby older than 16", "ask for the lease, once a second"},
    {{S::leasing}, "LeaseAnswered", {S::peeking}, "granted", "read the checkpoint as it is, fencing nobody"},
    {{S::peeking}, "CheckpointRead", {S::waiting_stale}, "a writer at another server wrote less than 30 s ago", "say so, look again in a second"},
    {{S::waiting_stale}, "Tick", {S::peeking}, "a second is over", "read the checkpoint as it is"},
    {{S::peeking}, "CheckpointRead", {S::opening}, "no record, our server's, or a stale one", "open the log's writer: every older one is fenced"},
    {{S::opening}, "WriterOpened", {S::reading}, "", "read the checkpoint to its settled end"},
    {{S::reading}, "CheckpointRead", {S::identifying}, "", "ask the server again who it is"},
    {{S::identifying}, "Identified", {S::finding_slot}, "no record, or one of our cluster and timeline", "look for the slot"},
    {{S::identifying}, "Identified", {S::reading_history}, "the server is on a newer timeline", "read its timeline history"},
    {{S::reading_history}, "HistoryRead", {S::finding_slot}, "nothing emitted lies behind the switch point", "set read_through back to at most the switch point; look for the slot"},
    {{S::finding_slot}, "SlotFound", {S::closing}, "the slot is a standby's copy of its primary's", "give everything back until the standby is promoted", true},
    {{S::finding_slot}, "SlotFound", {S::checking_rules}, "the slot fits the checkpoint, or is yet to be made", "check the rules against the published tables"},
    {{S::checking_rules}, "RulesChecked", {S::recording_birth}, "no checkpoint, or one that says \"creating slot\" or \"filling context\"", "write \"creating slot\""},
    {{S::recording_birth}, "Committed", {S::dropping_slot}, "a half-made slot of ours is there", "drop it"},
    {{S::recording_birth}, "Committed", {S::creating_slot}, "no slot is there", "create it"},
    {{S::dropping_slot}, "SlotDropped", {S::creating_slot}, "", "create it"},
    {{S::creating_slot}, "SlotCreated", {S::filling_context}, "the pipeline keeps an account context, and the server is a primary", "take over the snapshot that the slot's making exported; read the context's table through it, batch by batch, each a log transaction that says \"filling context\""},
    {{S::filling_context}, "Committed", {S::claiming}, "those were the last rows", "write the claim: born at the slot's consistent point, as of which the context is filled"},
    {{S::creating_slot}, "SlotCreated", {S::claiming}, "no context, or a standby", "write the claim: born at the slot's consistent point, with the first snapshot where the configuration wants one"},
    {{S::checking_rules}, "RulesChecked", {S::claiming}, "the checkpoint is born, or slot: existing", "write the claim: own incarnation, server, timeline"},
    {{S::claiming}, "Committed", {S::starting}, "", "start the stream at read_through"},
    {{S::starting}, "StreamStarted", {S::streaming}, "", ""},

    // Doubt.
    {{S::streaming}, "InDoubt", {S::doubt_closing}, "begin, produce or commit did not succeed", "(1) close the writer, never use it again"},
    {{S::doubt_closing}, "WriterClosed", {S::doubt_pinging}, "", "(2) ask the lease for a sign of life"},
    {{S::doubt_closing}, "WriterClosed", {S::offline}, "the buffers are full, so an answer could not be read", "give everything back"},
    {{S::doubt_pinging}, "KeptAlive", {S::doubt_reading}, "", "(3) read the checkpoint as it is"},
    {{S::doubt_pinging}, "Tick", {S::offline, S::log_away}, "no sign of life in 3 s", "give everything back"},
    {{S::doubt_reading}, "CheckpointRead", {S::doubt_opening}, "our own incarnation wrote it", "(4) open a new writer"},
    {{S::doubt_reading, S::doubt_rereading}, "CheckpointRead", {S::closing, S::offline}, "another incarnation wrote it: stand down", "give everything back", true},
    {{S::doubt_opening}, "WriterOpened", {S::doubt_rereading}, "", "read the checkpoint to its settled end: the last word"},
    {{S::doubt_rereading}, "CheckpointRead", {S::doubt_claiming}, "it is the one in doubt, or the one before", "write the claim"},
    {{S::doubt_claiming}, "Committed", {S::streaming}, "", "if the commit in doubt had not happened, write it again"},

    // The log does not answer.
    {{S::streaming, S::doubt_closing, S::doubt_reading, S::doubt_opening, S::doubt_rereading, S::doubt_claiming}, "Tick", {S::closing, S::log_away}, "10 s without an answer about a transaction", "close the connection to PostgreSQL, then the writer"},
    {{S::peeking, S::opening, S::doubt_reading, S::doubt_opening}, "LogFailed", {S::log_away, S::offline}, "unreachable: log_away; held by another process: offline", "give the lease back"},
    {{S::reading, S::doubt_rereading}, "LogFailed", {S::closing}, "unreachable", "give the lease back"},
    {{S::log_away}, "CheckpointRead", {S::offline}, "the log answers again", "connect at once"},

    // A standby is promoted while it is read, or the primary that it follows was.
    {{S::recording_birth, S::claiming, S::streaming, S::doubt_claiming, S::stopping}, "NotWritten", {S::closing}, "the server is on another timeline, or cannot say", "give everything back: what was received is read again, and judged anew"},

    // PostgreSQL does not answer, or says no.
    {{S::connecting, S::leasing, S::waiting_stale, S::doubt_pinging}, "PostgresFailed", {S::offline}, "", "pause with backoff and jitter"},
    {{S::streaming, S::doubt_closing, S::doubt_reading, S::doubt_opening, S::doubt_rereading, S::doubt_claiming}, "Tick", {S::closing, S::offline}, "no sign of life from PostgreSQL for wal_sender_timeout, though asked for one", "give everything back"},
    {{S::leasing}, "LeaseAnswered", {S::refused, S::closing}, "5 min of that, though connected again: our own old connection still holds it", "exit 75 with the reason", true},
    {{S::leasing, S::peeking, S::opening, S::reading, S::identifying, S::finding_slot, S::reading_history, S::checking_rules, S::recording_birth, S::dropping_slot, S::creating_slot, S::filling_context, S::claiming, S::starting, S::streaming, S::doubt_closing, S::doubt_reading, S::doubt_opening, S::doubt_rereading, S::doubt_claiming, S::stopping}, "PostgresFailed", {S::closing, S::offline}, "the lease went with the connection", "close the writer"},
    {{S::connecting, S::leasing, S::waiting_stale, S::doubt_pinging}, "PostgresFailed", {S::refused}, "an error that trying again cannot mend", "exit 1 with the reason", true},
    {{S::connecting}, "Connected", {S::refused}, "wal_level is not logical, or a standby older than 16", "exit 1 with the reason", true},

    // Refusals.
    {{S::identifying}, "Identified", {S::closing}, "events without a checkpoint; other partition count, slot or cluster; an older timeline", "refuse", true},
    {{S::reading_history}, "HistoryRead", {S::closing}, "emitted commits lie behind the switch point, or the timelines are not related", "refuse and name the LSN range"},
    {{S::finding_slot}, "SlotFound", {S::closing}, "slot missing, lost, ahead of the checkpoint, of another plugin or database, or somebody else's; a server set back to before the checkpoint", "refuse", true},
    {{S::checking_rules}, "RulesChecked", {S::closing}, "a rule does not fit its table, publication or replica identity", "refuse", true},
    {{S::doubt_reading, S::doubt_rereading}, "CheckpointRead", {S::closing, S::refused}, "the checkpoint is gone", "refuse", true},
    {{S::peeking, S::opening, S::log_away}, "LogFailed", {S::refused}, "an error that trying again cannot mend", "refuse", true},
    {{S::reading}, "KeyFailed", {S::closing}, "the key store has not the key that the records of deleted accounts were made with", "refuse", true},
    {{S::reading}, "KeyFailed", {S::closing}, "the key store does not answer", "give everything back; try again", true},
    {{S::streaming}, "Began", {S::closing}, "a split transaction does not come again", "refuse", true},
    {{S::streaming}, "RowReceived", {S::closing}, "the tripwire: the row at the split's ordinal has another LSN", "refuse", true},
    {{S::streaming}, "Ended", {S::closing}, "a split transaction came again with fewer rows", "refuse", true},
    {{S::streaming}, "RuleBroken", {S::stopping}, "a table changed so that a rule does not fit", "write what is whole before this commit, then refuse", true},
    {{S::streaming}, "InDoubt", {S::closing}, "a record is too large for its topic", "read it again, by the limit that the topic has now; when nothing could be written in between: refuse", true},

    {{S::filling_context}, "FillFailed", {S::closing}, "the table cannot be read through the slot's snapshot", "give everything back, and begin anew with another slot; refuse what trying again cannot mend"},

    // Ends.
    {{S::streaming}, "Stop", {S::stopping, S::closing}, "", "read no more; write what is whole, report it"},
    {{S::stopping}, "Committed", {S::closing}, "nothing is left to write", "last feedback; give everything back"},
    {{S::stopping}, "InDoubt", {S::closing}, "", "give everything back: the next start finds out"},
    {{S::stopping}, "Tick", {S::closing}, "7 s are over", "give everything back", true},
    {{S::offline, S::connecting, S::leasing, S::waiting_stale, S::doubt_pinging, S::log_away}, "Stop", {S::stopped}, "", "exit 0"},
    {{S::log_away, S::leasing, S::peeking, S::opening, S::reading, S::identifying, S::finding_slot, S::reading_history, S::checking_rules, S::recording_birth, S::dropping_slot, S::creating_slot, S::filling_context, S::claiming, S::starting, S::doubt_closing, S::doubt_reading, S::doubt_opening, S::doubt_rereading, S::doubt_claiming}, "Stop", {S::closing}, "", "give everything back"},
    {{S::recording_birth, S::filling_context, S::claiming, S::doubt_claiming}, "InDoubt", {S::closing}, "", "give everything back: the next start finds out"},
    {{S::closing}, "WriterClosed", {S::offline, S::log_away, S::refused, S::stopped}, "", "pause, wait for the log, or exit"},
    {{S::closing}, "CheckpointRead", {S::offline, S::log_away, S::refused, S::stopped}, "no writer was open", "pause, wait for the log, or exit"},
    {{S::closing}, "LogFailed", {S::offline, S::log_away, S::refused, S::stopped}, "no writer was open", "pause, wait for the log, or exit", true},
    {{S::closing}, "KeyFailed", {S::offline, S::log_away, S::refused, S::stopped}, "", "pause, wait for the log, or exit", true},
};
// clang-format on

template <class Container, class Value>
bool holds(const Container& container, const Value& value) {
  return std::find(container.begin(), container.end(), value) != container.end();
}

std::string joined(std::initializer_list<State> states) {
  std::string text;
  for (const auto state : states)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(state));
  return text;
}

}  // namespace

std::span<const Transition> transitions() { return table; }

bool allowed(State from, std::string_view input, State to) {
  return std::any_of(std::begin(table), std::end(table), [&](const Transition& row) {
    return row.input == input && holds(row.from, from) && holds(row.to, to);
  });
}

std::string transitions_markdown() {
  std::string text = "| state | event | next state | when | action |\n|---|---|---|---|---|\n";
  for (const auto& row : table) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", joined(row.from), row.input, joined(row.to),
                        row.when, row.then);
  }
  return text;
}

}  // namespace wakestream::capture
