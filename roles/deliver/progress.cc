#include "roles/deliver/progress.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

using capture::JsonMembers;
using capture::JsonWriter;
using capture::put;

namespace {

std::set<std::int64_t> take_unfinished(JsonMembers& members, std::int64_t read) {
  using Offsets = std::set<std::int64_t>;
  const auto* distances = members.find("unfinished");
  if (read < 0 || distances == nullptr || !distances->IsArray())
    return members.fail<Offsets>("unfinished", "an array of distances");
  // The first may be offset 0; each other one lies behind the one before it.
  Offsets offsets;
  std::int64_t before = 0;
  for (const auto& entry : distances->GetArray()) {
    const auto distance = entry.IsInt64() ? entry.GetInt64() : -1;
    if (distance < (offsets.empty() ? 0 : 1) || distance >= read - before)
      return members.fail<Offsets>("unfinished", "an array of distances below \"read\"");
    before += distance;
    offsets.insert(offsets.end(), before);
  }
  return offsets;
}

}  // namespace

std::string progress_key(std::int32_t partition) {
  return fmt::format("{}.{}", early_progress_key, partition);
}

std::optional<std::int32_t> read_progress_key(std::string_view key) {
  if (!key.starts_with(early_progress_key)) return std::nullopt;
  const auto rest = key.substr(early_progress_key.size());
  if (rest.size() < 2 || rest.front() != '.') return std::nullopt;
  std::int32_t partition = 0;
  const auto* end = rest.data() + rest.size();
  const auto [stopped, problem] = std::from_chars(rest.data() + 1, end, partition);
  if (problem != std::errc() || stopped != end || partition < 0) return std::nullopt;
  return partition;
}

bool Progress::read(std::int64_t offset) {
  if (offset < read_) return unfinished_.contains(offset);
  read_ = offset + 1;
  unfinished_.insert(unfinished_.end(), offset);
  return true;
}

void Progress::done(std::int64_t offset) { unfinished_.erase(offset); }

void Progress::saw(std::string_view sequence) {
  if (sequence > sequence_) sequence_ = sequence;
}

std::string Progress::encode() const {
  return write_record([this](JsonWriter& json) {
    put(json, "read", read_);
    if (!sequence_.empty()) put(json, "sequence", sequence_);
    json.Key("unfinished");
    json.StartArray();
    std::int64_t before = 0;
    for (const auto offset : unfinished_) {
      json.Int64(offset - before);
      before = offset;
    }
    json.EndArray();
  });
}

std::optional<Progress> Progress::decode(std::string_view text) {
  const auto decoded =
      read_record<Progress>(text, "the progress", [](JsonMembers& members, Progress& progress) {
        progress.read_ = members.number("read");
        if (members.find("sequence") != nullptr) progress.sequence_ = members.text("sequence");
        progress.unfinished_ = take_unfinished(members, progress.read_);
      });
  if (!decoded) return std::nullopt;
  return *decoded;
}

}  // namespace wakestream::deliver
