#include "roles/capture/error_policy.h"

namespace wakestream::capture {

std::string why_lost(const std::string& invalidation) {
  if (invalidation == "rows_removed" || invalidation == "conflict")
    return "the primary removed rows that it needs. Set hot_standby_feedback = on at the standby, "
           "and give it a slot at the primary (primary_slot_name)";
  if (invalidation == "wal_level_insufficient")
    return "the primary's wal_level was not logical for a while";
  if (invalidation == "idle_timeout")
    return "nobody read it for longer than idle_replication_slot_timeout";
  return "WAL that it needs was removed (max_slot_wal_keep_size)";
}

Judgement judge(cdc::ErrorKind kind) {
  using cdc::ErrorKind;
  switch (kind) {
    case ErrorKind::malformed:
    case ErrorKind::unknown_message:
    case ErrorKind::inconsistent:
      return {Verdict::refuse,
              "The stream cannot be read any further without guessing. Nothing was skipped; please "
              "report this with the LSN. To leave it out: see wakestream checkpoint set."};
    case ErrorKind::connection_failed:
      return {Verdict::retry, ""};
    case ErrorKind::access_denied:
      return {
          Verdict::refuse,
          "Check the user, its password, its REPLICATION attribute, its grants, and pg_hba.conf."};
    case ErrorKind::wrong_database:
      return {Verdict::refuse,
              "Point source.url at the database that the slot was made in. If the pipeline is to "
              "read another one: choose another slot_name, then see wakestream checkpoint "
              "adopt-slot."};
    case ErrorKind::wal_level:
      return {Verdict::refuse,
              "Set wal_level = logical in postgresql.conf and restart PostgreSQL."};
    case ErrorKind::no_free_slot:
      return {Verdict::wait,
              "Raise max_replication_slots or max_wal_senders, or drop what is not used."};
    case ErrorKind::slot_missing:
      return {Verdict::refuse,
              "The slot is gone, and with it the WAL since the checkpoint. To go on with a new "
              "one: see wakestream checkpoint adopt-slot."};
    case ErrorKind::slot_active:
      return {Verdict::wait,
              "Another connection still streams from the slot; PostgreSQL lets go of a dead one "
              "after wal_sender_timeout."};
    case ErrorKind::slot_lost:
      return {Verdict::refuse,
              "What the slot needs is gone, and restarting cannot help. To go on with a new slot: "
              "see wakestream checkpoint adopt-slot."};
    case ErrorKind::publication_missing:
      return {Verdict::refuse, "Create the publication before the slot (see sql/setup.sql)."};
    case ErrorKind::server_version:
      return {Verdict::refuse, "Use a server that can do this, or another source.url."};
    case ErrorKind::server_error:
      return {Verdict::retry, ""};
  }
  return {Verdict::refuse, ""};
}

Judgement judge(log::ErrorKind kind) {
  using log::ErrorKind;
  switch (kind) {
    case ErrorKind::unreachable:
    case ErrorKind::in_doubt:
      return {Verdict::retry, ""};
    case ErrorKind::untrusted:
      return {
          Verdict::retry,
          "Check ssl.ca.location, and the broker's certificate: its issuer, its names, its end."};
    case ErrorKind::held:
      return {Verdict::wait, ""};
    case ErrorKind::denied:
      return {Verdict::refuse, "Check the log's credentials and permissions."};
    case ErrorKind::topic_missing:
      return {Verdict::refuse,
              "Create the topic, or let wakestream do it (log.kafka.create_topics: true)."};
    case ErrorKind::topic_shape:
      return {Verdict::refuse, "Give the topic the settings that it needs; nothing was written."};
    case ErrorKind::bad_option:
      return {Verdict::refuse, "Mend the log's options in the configuration."};
    case ErrorKind::record_too_big:
      return {Verdict::refuse,
              "Raise the log's record limit (Kafka: max.message.bytes of the topic)."};
    case ErrorKind::removed:
      return {Verdict::refuse, "Raise the log's retention; what is gone cannot be read again."};
    case ErrorKind::corrupt:
      return {Verdict::refuse, "The log cannot be read back; restore it, or start a new pipeline."};
  }
  return {Verdict::refuse, ""};
}

}  // namespace wakestream::capture
