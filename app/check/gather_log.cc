#include "app/check/gather_log.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include "app/open_keys.h"
#include "app/open_log.h"
#include "app/read_checkpoint.h"
#include "roles/capture/deletion_writer.h"
#include "roles/capture/topics.h"

namespace wakestream::check {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds transaction_is_long{3'000};

// Source: Linux, include/uapi/linux/magic.h; SMB and CIFS from fs/smb/client.
bool is_network_file_system(long magic) {
  constexpr long nfs = 0x6969;
  constexpr long smb = 0x517B;
  constexpr long smb2 = 0xFE534D42;
  constexpr long cifs = 0xFF534D42;
  return magic == nfs || magic == smb || magic == smb2 || magic == cifs;
}

FolderFacts look_at(const std::string& path) {
  FolderFacts facts;
  facts.path = path;
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) {
    facts.exists = true;
    facts.is_folder = S_ISDIR(found.st_mode);
    facts.mode = found.st_mode & 0777U;
  }
  // A folder that is not there yet is made in the nearest one above it that is.
  std::filesystem::path nearest = std::filesystem::absolute(path);
  std::error_code ignored;
  while (!std::filesystem::exists(nearest, ignored) && nearest.has_relative_path())
    nearest = nearest.parent_path();
  facts.checked = nearest.string();
  facts.writable = ::access(facts.checked.c_str(), W_OK | X_OK) == 0;
  struct stat above{};
  facts.user = ::geteuid();
  facts.ours = ::stat(facts.checked.c_str(), &above) == 0 && above.st_uid == facts.user;
  struct statfs disk{};
  if (::statfs(facts.checked.c_str(), &disk) == 0) {
    facts.free_bytes =
        static_cast<std::uint64_t>(disk.f_bavail) * static_cast<std::uint64_t>(disk.f_bsize);
    facts.network_file_system = is_network_file_system(static_cast<long>(disk.f_type));
  }
  return facts;
}

void read_checkpoint(log::EventLog& event_log, const capture::Topics& topics,
                     const app::Config& config, milliseconds deadline, LogFacts& facts) {
  auto checkpoint = app::read_checkpoint(event_log, config.pipeline, deadline);
  if (!checkpoint) {
    facts.checkpoint_problem = std::move(checkpoint.error().message);
    return;
  }
  facts.checkpoint = std::move(*checkpoint);
  if (facts.checkpoint) return;
  auto reader = event_log.open_reader(topics.events, log::ReadFrom::earliest);
  if (!reader) return;
  const auto batch = (*reader)->poll(1, milliseconds(500));
  facts.events_exist = batch && !batch->records.empty();
}

// One that is yet to be made is no problem.
void look_for_key(log::EventLog& event_log, const app::Config& config, bool topic_exists,
                  milliseconds deadline, LogFacts& facts) {
  std::string wanted;
  if (topic_exists) {
    auto found = capture::key_of_deletions(event_log, capture::Topics(config.pipeline).deletions,
                                           config.keys.given_up, deadline);
    if (!found) return;  // the log's, and told with it
    wanted = std::move(*found);
  }
  auto key = app::pseudonym_key(config, wanted);
  if (key || (key.error().kind == keys::ErrorKind::missing && wanted.empty())) return;
  facts.key_problem = std::move(key.error());
}

}  // namespace

LogFacts gather_log(const app::Config& config, milliseconds deadline) {
  LogFacts facts;
  const auto* embedded = std::get_if<app::EmbeddedLogConfig>(&config.log);
  if (embedded != nullptr) {
    facts.folder = look_at(embedded->path);
    if (facts.folder->exists && !facts.folder->is_folder) return facts;
  }
  facts.library_weakness = app::library_weakness(config);
  auto event_log = app::open_log(config);
  if (!event_log) {
    facts.problem = std::move(event_log.error());
    return facts;
  }
  const capture::Topics topics(config.pipeline);
  bool checkpoint_topic = false;
  std::vector<std::string> found;
  for (auto& spec : topics.specs(app::event_partitions(config), config.context.has_value())) {
    TopicResult result;
    result.spec = spec;
    auto shapes = (*event_log)->ensure_topics({&spec, 1}, false, deadline);
    if (shapes && !shapes->empty()) {
      result.shape = shapes->front();
      found.push_back(spec.name);
      // Of one with more partitions nothing can be said to be the newest; that has a finding.
      if (spec.name == topics.checkpoint) checkpoint_topic = result.shape->partition_count == 1;
    } else if (!shapes) {
      result.problem = std::move(shapes.error());
    }
    // What is wrong with the log as a whole is said once.
    const bool whole = result.problem && (result.problem->kind == log::ErrorKind::unreachable ||
                                          result.problem->kind == log::ErrorKind::untrusted ||
                                          result.problem->kind == log::ErrorKind::denied ||
                                          result.problem->kind == log::ErrorKind::corrupt);
    facts.topics.push_back(std::move(result));
    if (whole) return facts;
  }
  // What it takes by itself is over long before.
  if (auto held = (*event_log)->held_back(found, transaction_is_long, deadline); held)
    facts.held_back = std::move(*held);
  if (config.context) {
    const bool topic_exists =
        std::find(found.begin(), found.end(), topics.deletions) != found.end();
    look_for_key(**event_log, config, topic_exists, deadline, facts);
  }
  if (checkpoint_topic) read_checkpoint(**event_log, topics, config, deadline, facts);
  if (embedded == nullptr) {
    // A writer of another name than capture's: opening it ends nobody's transaction.
    log::WriterOptions options;
    options.name = "check";
    options.open_deadline = deadline;
    auto writer = (*event_log)->open_writer(options);
    if (!writer && writer.error().kind == log::ErrorKind::denied)
      facts.writer_problem = std::move(writer.error());
  }
  return facts;
}

}  // namespace wakestream::check
