// The event log: can it be written, and is it what it must be?
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "app/check/check.h"
#include "app/check/config_edit.h"
#include "app/shell_word.h"

namespace wakestream::check {

namespace {

constexpr std::uint64_t free_bytes_min = 1ULL << 30U;
constexpr unsigned open_to_others = 0077;

Mend set(const CheckFacts& facts, std::string_view key, const std::string& value) {
  if (auto edit = set_config(facts.config_file, key, value)) return std::move(*edit);
  return advice(fmt::format("set {}: {} in {}", key, value, facts.config_file.path));
}

void check_folder(const FolderFacts& folder, Findings& findings) {
  const auto where = fmt::format("log {}", folder.path);
  if (folder.exists && !folder.is_folder) {
    findings.add("log_not_a_folder", where,
                 fmt::format("{} is a file, and the log is a folder", folder.path),
                 {command(fmt::format("mv {0} {0}.old", app::shell_word(folder.path)))});
    return;
  }
  if (!folder.writable)
    findings.add(
        "log_unwritable", where, fmt::format("{} cannot be written by this user", folder.checked),
        {command(folder.ours
                     ? fmt::format("chmod u+rwx {}", app::shell_word(folder.checked))
                     : fmt::format("chown {} {}", folder.user, app::shell_word(folder.checked))),
         advice("or run wakestream as the user whom it belongs to")});
  if (folder.exists && (folder.mode & open_to_others) != 0)
    findings.add(
        "log_readable", where,
        fmt::format("others on this machine may read {}, which holds personal data", folder.path),
        {command(fmt::format("chmod 700 {}", app::shell_word(folder.path)))});
  if (folder.free_bytes < free_bytes_min)
    findings.add(
        "log_disk_low", where,
        fmt::format("the disk of {} has {} MB left", folder.path, folder.free_bytes >> 20U),
        {advice("make room, or let log.embedded.path name a larger disk")});
  if (folder.network_file_system)
    findings.add("log_network_disk", where,
                 fmt::format("{} lies on a network file system, where SQLite's locks do not hold",
                             folder.path),
                 {advice("let log.embedded.path name a local disk, or use Kafka")});
}

std::string_view cleanup_of(const log::TopicSpec& spec) {
  return spec.cleanup == log::Cleanup::compact ? "compact" : "delete";
}

class TopicCheck {
 public:
  TopicCheck(const CheckFacts& facts, Findings& findings) : facts_(facts), findings_(findings) {
    kafka_ = std::get_if<app::KafkaLogConfig>(&facts.config->log);
  }

  void run() {
    if (!facts_.log.library_weakness.empty())
      findings_.add("kafka_library_old", "log.kafka.options sasl.mechanism",
                    facts_.log.library_weakness,
                    {advice("run with a newer librdkafka: docs/kafka.md says how; or log in by "
                            "PLAIN over TLS, or by a certificate")});
    if (facts_.log.problem) return judge("log", *facts_.log.problem, nullptr);
    for (const auto& topic : facts_.log.topics) {
      if (topic.problem) {
        judge(fmt::format("topic {}", topic.spec.name), *topic.problem, &topic.spec);
      } else if (topic.shape) {
        check_partitions(topic);
        check_copies(topic);
      }
    }
    for (const auto& partition : facts_.log.held_back) check_held_back(partition);
    if (facts_.log.writer_problem) {
      const auto& problem = *facts_.log.writer_problem;
      findings_.add("kafka_denied", "transactions", problem.message, allow());
    }
    if (!facts_.log.checkpoint_problem.empty())
      findings_.add("checkpoint_unreadable", "topic checkpoint", facts_.log.checkpoint_problem,
                    {advice("use the version of wakestream that wrote it, or a newer one")});
    if (const auto& key = facts_.log.key_problem)
      findings_.add("key_unusable", "keys", key->message,
                    {key->mend.empty()
                         ? advice("docs/context.md says where the key comes from, and what to do "
                                  "when it is lost")
                         : command(key->mend)});
  }

 private:
  std::string prefix() const { return "wakestream." + facts_.config->pipeline; }

  // What capture needs and no more; docs/kafka.md says what each is for.
  std::vector<Mend> allow() const {
    const auto grant = [&](std::string_view operations, std::string_view resource) {
      return command(
          fmt::format("kafka-acls.sh --bootstrap-server {} --add --allow-principal "
                      "User:YOUR-USER {} --resource-pattern-type prefixed {} {}.",
                      kafka_->brokers, operations, resource, prefix()));
    };
    return {advice("if it is the login that was refused: mend the user and the password in "
                   "log.kafka.options; if it is a right, as an administrator:"),
            grant(fmt::format("--operation Read --operation Write --operation Describe "
                              "--operation DescribeConfigs{}",
                              kafka_->create_topics ? " --operation Create" : ""),
                  "--topic"),
            grant("--operation Write --operation Describe", "--transactional-id")};
  }

  std::string topic_command(std::string_view words, const log::TopicSpec& spec) const {
    return fmt::format("kafka-topics.sh --bootstrap-server {} {} --topic {}", kafka_->brokers,
                       words, spec.name);
  }

  Mend create(const log::TopicSpec& spec) const {
    return command(fmt::format("{} --partitions {} --config cleanup.policy={}",
                               topic_command("--create", spec), spec.partition_count,
                               cleanup_of(spec)));
  }

  void judge(const std::string& where, const log::Error& error, const log::TopicSpec* spec) {
    switch (error.kind) {
      case log::ErrorKind::topic_missing:
        // What run may make is not missing.
        if (kafka_ != nullptr && !kafka_->create_topics && spec != nullptr)
          findings_.add("topic_missing", where,
                        fmt::format("Kafka has no topic {}, and log.kafka.create_topics is false",
                                    spec->name),
                        {create(*spec)});
        return;
      case log::ErrorKind::topic_shape:
        findings_.add(
            "topic_cleanup", where, error.message,
            kafka_ != nullptr && spec != nullptr
                ? std::vector<Mend>{command(fmt::format(
                      "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics "
                      "--entity-name {} --add-config cleanup.policy={}",
                      kafka_->brokers, spec->name, cleanup_of(*spec)))}
                : std::vector<Mend>{set(facts_, "pipeline", facts_.config->pipeline + "-2")});
        return;
      case log::ErrorKind::denied:
        // A folder that cannot be written has its own finding.
        if (kafka_ != nullptr) findings_.add("kafka_denied", where, error.message, allow());
        return;
      case log::ErrorKind::untrusted:
        findings_.add("kafka_untrusted", kafka_ == nullptr ? where : kafka_->brokers, error.message,
                      {advice("let ssl.ca.location in log.kafka.options name the authority that "
                              "signed the brokers' certificates, and log.kafka.brokers the names "
                              "that they are for; or mend the certificates")});
        return;
      case log::ErrorKind::bad_option:
        if (kafka_ != nullptr)
          findings_.add("kafka_option", "log.kafka.options", error.message,
                        {advice("docs/configuration.md says which settings are wakestream's own; "
                                "take the option out, or mend its value")});
        return;
      case log::ErrorKind::corrupt:
        findings_.add("log_corrupt", where, error.message, move_away());
        return;
      case log::ErrorKind::unreachable:
      case log::ErrorKind::held:
      case log::ErrorKind::record_too_big:
      case log::ErrorKind::removed:
      case log::ErrorKind::in_doubt:
        if (kafka_ != nullptr)
          findings_.add("kafka_unreachable", kafka_->brokers, error.message,
                        {advice("start the brokers, or mend log.kafka.brokers and the security "
                                "settings in log.kafka.options")});
        else
          findings_.add("log_corrupt", where, error.message, move_away());
        return;
    }
  }

  std::vector<Mend> move_away() const {
    const auto* embedded = std::get_if<app::EmbeddedLogConfig>(&facts_.config->log);
    if (embedded == nullptr) return {advice("restore the topic")};
    return {advice("restore the log's folder from a backup; or keep it and begin anew:"),
            command(fmt::format("mv {0} {0}.unreadable", app::shell_word(embedded->path)))};
  }

  // Fewer than two acknowledgements: what one broker alone has goes with it, and PostgreSQL was
  // told to forget it.
  void check_copies(const TopicResult& topic) {
    const auto copies = topic.shape->copies;
    const auto in_sync = topic.shape->copies_in_sync_min;
    const bool one_is_enough = copies > 1 && in_sync == 1;
    if (kafka_ == nullptr || (!one_is_enough && in_sync <= copies)) return;
    findings_.add(
        "topic_in_sync", fmt::format("topic {}", topic.spec.name),
        one_is_enough
            ? fmt::format("the topic has {} copies, and one broker alone may acknowledge what is "
                          "written (min.insync.replicas=1): when that one is lost, so is what "
                          "PostgreSQL was told to forget",
                          copies)
            : fmt::format("the topic has {} copies, and {} must acknowledge what is written "
                          "(min.insync.replicas): nothing can be written",
                          copies, in_sync),
        {command(fmt::format("kafka-configs.sh --bootstrap-server {} --alter --entity-type topics "
                             "--entity-name {} --add-config min.insync.replicas={}",
                             kafka_->brokers, topic.spec.name, std::max(1, std::min(2, copies))))});
  }

  void check_held_back(const log::HeldBackPartition& held) {
    const auto tool = [&](std::string_view words, std::string_view more) {
      return command(
          fmt::format("kafka-transactions.sh --bootstrap-server {} {} --topic {} "
                      "--partition {}{}",
                      kafka_->brokers, words, held.topic, held.partition, more));
    };
    findings_.add(
        "kafka_transaction_open", fmt::format("topic {}", held.topic),
        fmt::format("a transaction that began at offset {} of partition {} stays open: readers see "
                    "nothing of the {} offsets from there on",
                    held.stable_offset, held.partition, held.hidden_count),
        {advice("one of wakestream's own that was killed is ended by the broker within 30 s: look "
                "again then; another program's should not write to this topic. Who it is, and "
                "its end:"),
         tool("describe-producers", ""),
         tool("abort", fmt::format(" --start-offset {}", held.stable_offset))});
  }

  void check_partitions(const TopicResult& topic) {
    const auto found = topic.shape->partition_count;
    if (found == topic.spec.partition_count) return;
    const auto where = fmt::format("topic {}", topic.spec.name);
    const bool events = topic.spec.name.ends_with(".events");
    const bool born_with_another =
        events && facts_.log.checkpoint && facts_.log.checkpoint->event_partition_count != found;
    if (born_with_another) {
      findings_.add("topic_partitions", where,
                    fmt::format("the topic has {} partitions, and had {} when the pipeline was "
                                "born: an account's order would be lost",
                                found, facts_.log.checkpoint->event_partition_count),
                    {advice("restore the topic, or begin anew:"),
                     set(facts_, "pipeline", facts_.config->pipeline + "-2")});
    } else if (events) {
      const auto key =
          kafka_ != nullptr ? "log.kafka.event_partitions" : "log.embedded.event_partitions";
      findings_.add("event_partitions", where,
                    fmt::format("the topic has {} partitions, and the configuration says {}: the "
                                "topic's number counts",
                                found, topic.spec.partition_count),
                    {set(facts_, key, fmt::format("{}", found))});
    } else {
      findings_.add("topic_partitions", where,
                    fmt::format("the topic has {} partitions, and must have {}", found,
                                topic.spec.partition_count),
                    kafka_ == nullptr
                        ? std::vector<Mend>{set(facts_, "pipeline", facts_.config->pipeline + "-2")}
                        : std::vector<Mend>{advice("if nothing is in it:"),
                                            command(topic_command("--delete", topic.spec)),
                                            create(topic.spec)});
    }
  }

  const CheckFacts& facts_;
  const app::KafkaLogConfig* kafka_;
  Findings& findings_;
};

}  // namespace

void check_log(const CheckFacts& facts, Findings& findings) {
  if (facts.log.folder) {
    const auto& folder = *facts.log.folder;
    check_folder(folder, findings);
    if (folder.exists && !folder.is_folder) return;
  }
  TopicCheck(facts, findings).run();
}

}  // namespace wakestream::check
