// What the records of deliveries that are JSON objects have in common: each says its format
// version, and of one that cannot be read the first problem is named.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "roles/capture/json_record.h"

namespace wakestream::deliver {

inline constexpr std::int64_t record_format_version = 1;

inline void put_flag(capture::JsonWriter& json, const char* name, bool flag) {
  json.Key(name);
  json.Bool(flag);
}

inline bool take_flag(capture::JsonMembers& members, const char* name) {
  const auto* value = members.find(name);
  if (value == nullptr || !value->IsBool()) return members.fail<bool>(name, "true or false");
  return value->GetBool();
}

// Of an answer; 0: there was none.
inline int take_status(capture::JsonMembers& members) {
  const auto status = members.number("status");
  if (status < 0 || status > 999) return members.fail<int>("status", "a status");
  return static_cast<int>(status);
}

// `put_members` writes what the record has beside its version.
template <class PutMembers>
std::string write_record(PutMembers put_members) {
  rapidjson::StringBuffer buffer;
  capture::JsonWriter json(buffer);
  json.StartObject();
  capture::put(json, "format_version", record_format_version);
  put_members(json);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

// `what` the record is ("the command"), for people; `take_members` reads the rest of it, and is
// given the place of the first problem where it wants it for objects inside.
template <class Record, class TakeMembers>
tl::expected<Record, std::string> read_record(std::string_view text, std::string_view what,
                                              TakeMembers take_members) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (!document.IsObject())
    return tl::make_unexpected(fmt::format("{} is not a JSON object", what));
  std::string problem;
  capture::JsonMembers members(document, problem);
  const auto version = members.number("format_version");
  if (problem.empty() && version != record_format_version)
    return tl::make_unexpected(fmt::format("{} has format version {}; this release reads {}", what,
                                           version, record_format_version));
  Record record;
  if (problem.empty()) {
    if constexpr (std::is_invocable_v<TakeMembers, capture::JsonMembers&, Record&, std::string&>) {
      take_members(members, record, problem);
    } else {
      take_members(members, record);
    }
  }
  if (!problem.empty())
    return tl::make_unexpected(fmt::format("{} cannot be read: {}", what, problem));
  return record;
}

}  // namespace wakestream::deliver
