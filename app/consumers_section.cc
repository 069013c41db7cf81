#include "app/consumers_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "app/config_loader.h"
#include "mapping/yaml_scalar.h"
#include "roles/deliver/cron_line.h"
#include "roles/deliver/lanes.h"

namespace wakestream::app {

namespace {

using yaml::YamlSection;

// Short enough that "wakestream.<pipeline>.deadletter.<consumer>" is the name of a topic.
constexpr std::size_t name_letters_max = 100;

// Kafka's limit.
constexpr std::size_t topic_letters_max = 249;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool is_consumer_name(const std::string& name) {
  return !name.empty() && name.size() <= name_letters_max &&
         std::all_of(name.begin(), name.end(), is_name_letter);
}

class ConsumerReader {
 public:
  ConsumerReader(mapping::YamlText text, const Config& config, yaml::Problems& problems)
      : text_(std::move(text)), config_(config), problems_(problems) {}

  ConsumerConfig read(const YAML::Node& name, const YAML::Node& node) {
    where_ = "consumers." + name.Scalar();
    ConsumerConfig consumer;
    consumer.name = placed(name);
    if (!is_consumer_name(consumer.name.name))
      problems_.add(name.Mark(),
                    fmt::format("{}: a consumer's name must be 1 to {} letters, digits, '-' and "
                                "'_': topics are named after it",
                                where_, name_letters_max));
    YamlSection section(node, where_, problems_);
    read_way(section, node, consumer);
    consumer.events = names(section, "events");
    consumer.banners = names(section, "banners");
    if (section.has("shares")) read_shares(section, consumer);
    if (section.has("starts_from")) read_start(section, consumer);
    consumer.rate_per_s = section.count("rate_per_s", 0, 1, 1'000'000);
    consumer.burst = section.count("burst", 0, 1, 1'000'000);
    if (section.has("burst") && !section.has("rate_per_s"))
      problems_.add(section.mark("burst"),
                    fmt::format("{}.burst is of rate_per_s, and there is none", where_));
    if (section.has("retries")) read_retries(section.node("retries"), consumer);
    if (section.has("exhausted")) read_exhausted(section.node("exhausted"), consumer);
    read_bulk(section, consumer.bulk);
    if (section.has("replay")) read_replay(section.node("replay"), consumer);
    section.finish();
    return consumer;
  }

 private:
  PlacedName placed(const YAML::Node& scalar) const {
    return {scalar.Scalar(), text_.place(scalar.Mark())};
  }

  std::vector<PlacedName> names(YamlSection& section, const std::string& key) {
    std::vector<PlacedName> list;
    if (!section.has(key)) return list;
    const auto node = section.node(key);
    const auto texts = section.texts(key);
    if (!node.IsSequence() || texts.size() != node.size()) return list;
    for (std::size_t at = 0; at < texts.size(); ++at)
      list.push_back({texts[at], text_.place(node[at].Mark())});
    return list;
  }

  void read_way(YamlSection& section, const YAML::Node& node, ConsumerConfig& consumer) {
    const auto recipe = section.text("recipe", "");
    if (section.has("recipe"))
      consumer.reached_by =
          PlacedName{beside(problems_.file(), recipe), text_.place(section.mark("recipe"))};
    if (section.has("file")) consumer.reached_by = read_file(section.node("file"));
    if (section.has("topic")) consumer.reached_by = read_topic(section);
    const auto ways =
        int{section.has("recipe")} + int{section.has("file")} + int{section.has("topic")};
    if (node.IsMap() && ways != 1)
      problems_.add(node.Mark(),
                    fmt::format("{} must have exactly one of recipe, file and topic", where_));
  }

  OwnTopic read_topic(YamlSection& section) {
    OwnTopic topic{{section.text("topic"), text_.place(section.mark("topic"))}};
    const auto& name = topic.name.name;
    const bool is_name =
        !name.empty() && name.size() <= topic_letters_max &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_name_letter(c) || c == '.'; });
    if (!is_name || name.starts_with("wakestream."))
      problems_.add(section.mark("topic"),
                    fmt::format("{}.topic must be 1 to {} letters, digits, '.', '-' and '_', and "
                                "not begin with wakestream., as the private topics do",
                                where_, topic_letters_max));
    return topic;
  }

  emitters::FileSettings read_file(const YAML::Node& node) {
    YamlSection section(node, where_ + ".file", problems_);
    emitters::FileSettings file;
    file.folder = beside(problems_.file(), section.text("folder"));
    file.rotate_bytes =
        section.size("rotate_bytes", file.rotate_bytes, 1U << 10U, std::uint64_t{1} << 40U);
    const auto after =
        section.duration("rotate_after", std::chrono::seconds{1}, std::chrono::days{366});
    file.rotate_after = after.value_or(file.rotate_after);
    section.finish();
    return file;
  }

  void read_shares(YamlSection& section, ConsumerConfig& consumer) {
    consumer.shares = static_cast<std::int32_t>(section.count("shares", 1, 1, 1'000));
    if (consumer.shares == 1) return;
    const auto refuse = [&](const std::string& why) {
      problems_.add(section.mark("shares"), fmt::format("{}.shares {}", where_, why));
    };
    const auto* kafka = std::get_if<KafkaLogConfig>(&config_.log);
    if (kafka == nullptr)
      refuse("must be 1 with the embedded log, which is one machine's; more need log.kafka");
    else if (consumer.shares > kafka->event_partitions)
      refuse(
          fmt::format("must be {} at most: so many are the events' partitions "
                      "(log.kafka.event_partitions), and each share needs one",
                      kafka->event_partitions));
    if (section.has("file"))
      refuse("must be 1 where a consumer is reached by files: its folder is one instance's");
  }

  void read_start(YamlSection& section, ConsumerConfig& consumer) {
    const auto word = section.text("starts_from");
    consumer.from_latest = word == "latest";
    if (word != "latest" && word != "earliest")
      problems_.add(section.mark("starts_from"),
                    fmt::format("{}.starts_from must be earliest or latest", where_));
  }

  void read_retries(const YAML::Node& node, ConsumerConfig& consumer) {
    YamlSection section(node, where_ + ".retries", problems_);
    consumer.attempts =
        static_cast<std::uint32_t>(section.count("attempts", consumer.attempts, 1, 1'000));
    const auto pause = [&](const std::string& key, std::chrono::seconds fallback) {
      return section.duration(key, std::chrono::seconds{1}, std::chrono::days{7})
          .value_or(fallback);
    };
    consumer.first_pause = pause("first_pause", consumer.first_pause);
    consumer.longest_pause =
        pause("longest_pause", std::max(consumer.longest_pause, consumer.first_pause));
    section.finish();
    if (consumer.longest_pause < consumer.first_pause)
      problems_.add(
          section.mark("longest_pause"),
          fmt::format("{}.retries.longest_pause must not be shorter than first_pause", where_));
  }

  void read_exhausted(const YAML::Node& node, ConsumerConfig& consumer) {
    const YamlSection types(node, where_ + ".exhausted", problems_);  // says what is there twice
    for (const auto& entry : node.IsMap() ? node : YAML::Node(YAML::NodeType::Map)) {
      if (!entry.first.IsScalar()) continue;
      const auto word = entry.second.IsScalar() ? entry.second.Scalar() : std::string();
      if (const auto then = when_exhausted(word))
        consumer.exhausted.push_back({placed(entry.first), *then});
      else
        problems_.add(types.mark(entry.first.Scalar()),
                      fmt::format("{}.exhausted.{} must be park, supersede or skip", where_,
                                  entry.first.Scalar()));
    }
  }

  void read_bulk(YamlSection& section, deliver::BulkSettings& bulk) {
    const auto word = section.text("bulk", "slow");
    if (word == "live")
      bulk.treatment = deliver::BulkTreatment::live;
    else if (word == "mute")
      bulk.treatment = deliver::BulkTreatment::mute;
    else if (word != "slow")
      problems_.add(section.mark("bulk"),
                    fmt::format("{}.bulk must be live, slow or mute", where_));
    bulk.rate_per_s = static_cast<double>(section.count("bulk_rate_per_s", 0, 1, 1'000'000));
    if (section.has("bulk_rate_per_s") && bulk.treatment != deliver::BulkTreatment::slow)
      problems_.add(section.mark("bulk_rate_per_s"),
                    fmt::format("{}.bulk_rate_per_s is of bulk: slow", where_));
  }

  void read_replay(const YAML::Node& node, ConsumerConfig& consumer) {
    YamlSection section(node, where_ + ".replay", problems_);
    const auto line = section.text("schedule");
    auto types = names(section, "types");
    auto errors = section.has("errors") ? section.texts("errors") : std::vector<std::string>();
    const auto times = section.count("times_max", 3, 1, 1'000);
    section.finish();
    if (line.empty()) return;  // which has been said
    auto schedule = deliver::CronLine::parse(line);
    if (schedule)
      consumer.replay = {std::move(*schedule), std::move(types), std::move(errors),
                         static_cast<std::uint32_t>(times)};
    else
      problems_.add(section.mark("schedule"),
                    fmt::format("{}.replay.schedule must be a line as crontab(5) has them, such as "
                                "15 */2 * * *: {}",
                                where_, schedule.error()));
  }

  static std::optional<deliver::WhenExhausted> when_exhausted(const std::string& word) {
    if (word == "park") return deliver::WhenExhausted::park;
    if (word == "supersede") return deliver::WhenExhausted::supersede;
    if (word == "skip") return deliver::WhenExhausted::skip;
    return std::nullopt;
  }

  mapping::YamlText text_;
  const Config& config_;
  yaml::Problems& problems_;
  std::string where_;
};

}  // namespace

std::vector<ConsumerConfig> read_consumers(const YAML::Node& node, const Config& config,
                                           std::string_view text, yaml::Problems& problems) {
  const YamlSection names(node, "consumers", problems);  // says what is there twice
  std::vector<ConsumerConfig> consumers;
  if (!node.IsMap()) return consumers;
  ConsumerReader reader(mapping::YamlText(text), config, problems);
  for (const auto& entry : node)
    if (entry.first.IsScalar()) consumers.push_back(reader.read(entry.first, entry.second));
  if (config.policy.empty())
    problems.add(node.Mark(),
                 "consumers need a policy, which says what each of them may see: give its path in "
                 "policy");
  return consumers;
}

}  // namespace wakestream::app
