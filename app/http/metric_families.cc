#include "app/http/metric_families.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/http/delivery_families.h"
#include "app/http/families.h"
#include "app/http/health.h"

namespace wakestream::app {

namespace {

void add_state(Families& out, const MetricSource& source) {
  const auto& facts = source.facts;
  out.gauge("build_info", "Always 1; the label names the version of the program")
      .sample(1, "version", source.version);
  out.gauge("start_timestamp_seconds", "When capture began, since the Unix epoch")
      .sample(metric_seconds(facts.started_ms));
  out.gauge("loop_timestamp_seconds",
            "When the capture loop reported last, since the Unix epoch; it does so once a second")
      .sample(metric_seconds(facts.at_ms));
  out.gauge("stage", "1 for what capture does now, 0 for the others");
  const auto stage = stage_of(facts);
  for (int at = 0; at < stage_count; ++at) {
    const auto each = static_cast<Stage>(at);
    out.sample(each == stage ? 1 : 0, "stage", std::string(to_string(each)));
  }
  out.gauge("stage_timestamp_seconds",
            "When the capture role's state changed last, since the Unix epoch")
      .sample(metric_seconds(facts.state_since_ms));
  out.gauge("reading", "1 while the stream is read, 0 while the buffers are full or there is none")
      .sample(stage == Stage::streaming && facts.reads ? 1 : 0);
}

void add_positions(Families& out, const MetricSource& source) {
  const auto& facts = source.facts;
  const auto durable = facts.durable.value_or(capture::Checkpoint{});
  out.gauge("lsn_bytes",
            "Positions in PostgreSQL's write-ahead log, as byte numbers: received (read from the "
            "stream), durable (everything before it is in the event log), emitted (the last commit "
            "that gave events), confirmed (PostgreSQL was told that it may forget), server (the "
            "end of "
            "its log)")
      .sample(metric_number(facts.received), "position", "received")
      .sample(metric_number(durable.read_through), "position", "durable")
      .sample(metric_number(durable.emitted_through), "position", "emitted")
      .sample(metric_number(facts.confirmed), "position", "confirmed")
      .sample(metric_number(source.server.facts.wal_end), "position", "server");
  out.gauge("checkpoint_timestamp_seconds",
            "When the last checkpoint was written into the event log, since the Unix epoch; at "
            "most 10 s ago while streaming")
      .sample(metric_seconds(durable.written_at_ms));
  out.gauge("newest_commit_timestamp_seconds",
            "The commit time of the newest transaction whose events are in the event log, by "
            "PostgreSQL's clock; 0 before the first of this process")
      .sample(metric_seconds(facts.newest_commit_ms));
  out.gauge("keepalive_timestamp_seconds",
            "When PostgreSQL's last keepalive came, since the Unix epoch")
      .sample(metric_seconds(facts.last_keepalive_ms));
  out.gauge("progress_timestamp_seconds",
            "When the received position moved last, since the Unix epoch")
      .sample(metric_seconds(facts.last_progress_ms));
}

// What a connection of its own asks the server every few seconds.
void add_source(Families& out, const MetricSource& source) {
  const auto& server = source.server;
  const auto feed = feed_of(source.facts, server, source.now_ms);
  out.gauge("feed",
            "1 for what the stream does: away (there is none), fed, quiet (the server has nothing "
            "more), held_back (it has, and does not send it), log_full (the event log is slower "
            "than the server), unknown (the server does not answer)");
  for (int at = 0; at < feed_count; ++at) {
    const auto each = static_cast<Feed>(at);
    out.sample(each == feed.feed ? 1 : 0, "feed", std::string(to_string(each)));
  }
  out.gauge("lag_bytes",
            "PostgreSQL's log from what is in the event log to its end, as of the last answer")
      .sample(metric_number(feed.lag_bytes));
  out.gauge("lag_seconds", "Everything that was committed so long ago is in the event log")
      .sample(feed.lag_seconds);
  out.gauge("source_up", "1 when PostgreSQL answered the last question for its position")
      .sample(server.answers ? 1 : 0);
  const auto slot = server.facts.slot.value_or(cdc::WatchedSlot{});
  out.gauge("slot_active", "1 while a connection streams from the slot")
      .sample(slot.active ? 1 : 0);
  out.gauge("slot_lost", "1 when the slot has lost log that it needs: restarting cannot help")
      .sample(slot.wal_status == "lost" || !slot.invalidation.empty() ? 1 : 0);
  out.gauge("slot_kept_wal_bytes", "PostgreSQL's log that the slot keeps on its disk")
      .sample(static_cast<double>(slot.kept_wal_bytes));
  out.gauge("slot_safe_wal_bytes",
            "PostgreSQL's log that can still be written before the slot may be lost; infinite "
            "while max_slot_wal_keep_size is not set")
      .sample(slot.safe_wal_bytes ? static_cast<double>(*slot.safe_wal_bytes)
                                  : std::numeric_limits<double>::infinity());
}

void add_counts(Families& out, const MetricSource& source) {
  const auto& facts = source.facts;
  out.counter("received_messages",
              "Messages of the replication stream; a reconnect brings some again")
      .sample(metric_number(facts.messages));
  out.counter("received_bytes", "Bytes of these messages")
      .sample(metric_number(facts.received_bytes));
  out.counter("received_transactions", "Transactions of PostgreSQL that were read to their end")
      .sample(metric_number(facts.transactions));
  out.counter("received_rows", "Row changes that were read").sample(metric_number(facts.rows));
  out.counter("events", "Events in the event log, by type");
  const auto types = facts.durable ? facts.durable->event_types : std::vector<std::string>();
  for (std::size_t at = 0; at < types.size(); ++at) {
    const auto& events = facts.committed.events;
    out.sample(at < events.size() ? metric_number(events[at]) : 0, "type", types[at]);
  }
  out.counter("quarantined_rows",
              "Rows that could not become events and are in the quarantine topic, by rule; the "
              "empty rule is a row beyond source.row_bytes_max");
  auto rules = types;
  rules.emplace_back();
  for (const auto& [rule, count] : facts.committed.quarantined) {
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  }
  for (const auto& rule : rules) {
    const auto found = facts.committed.quarantined.find(rule);
    out.sample(found == facts.committed.quarantined.end() ? 0 : metric_number(found->second),
               "rule", rule);
  }
}

void add_log(Families& out, const MetricSource& source) {
  const auto& facts = source.facts;
  out.counter("log_records", "Records that this process committed to the event log")
      .sample(metric_number(facts.committed_records));
  out.counter("log_bytes", "Bytes of their keys, headers and values")
      .sample(metric_number(facts.committed_bytes));
  out.histogram("log_commit_seconds",
                "How long a transaction of the event log takes, from begin until it is durable",
                facts.log_commit);
  out.histogram("source_to_log_seconds",
                "From PostgreSQL's commit (its clock) until the event log has it (this machine's), "
                "newest commit of each transaction of the log",
                facts.source_to_log);
  out.counter("log_commits_in_doubt",
              "Transactions of the event log whose outcome had to be found out")
      .sample(metric_number(facts.commits_in_doubt));
  out.counter("log_failures", "Times that the event log could not be read or opened")
      .sample(metric_number(facts.log_failures));
  out.counter("log_removed_records", "Records that retention removed from an embedded event log")
      .sample(metric_number(source.removed_records));
  out.gauge("log_size_bytes", "The files of an embedded event log; 0 for Kafka")
      .sample(static_cast<double>(source.log_bytes.value_or(0)));
  out.counter("connections", "Connections to PostgreSQL that were made")
      .sample(metric_number(facts.connections));
  out.counter("connection_failures", "Connections to PostgreSQL that failed or ended with an error")
      .sample(metric_number(facts.connection_failures));
  out.counter("streams", "Times that streaming began: once, and at each reconnect")
      .sample(metric_number(facts.streams));
}

}  // namespace

std::vector<prometheus::MetricFamily> metric_families(const MetricSource& source) {
  Families out(source.pipeline);
  add_state(out, source);
  add_positions(out, source);
  add_source(out, source);
  add_counts(out, source);
  add_log(out, source);
  add_deliveries(out, source.deliveries);
  return out.take();
}

}  // namespace wakestream::app
