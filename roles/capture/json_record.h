// The JSON objects that capture keeps in the log: writing members, and reading them so that the
// first one that is missing or of the wrong type is named.
//
// Numbers of 64 bits without a sign are written as text: not every JSON reader's numbers hold them.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cdc/lsn.h"
#include "roles/capture/consequence.h"

namespace wakestream::capture {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void put(JsonWriter& json, const char* name, std::string_view text);
void put(JsonWriter& json, const char* name, std::int64_t number);
void put(JsonWriter& json, const char* name, cdc::Lsn lsn);
void put(JsonWriter& json, const char* name, const std::vector<Consequence>& consequences);
void put_wide(JsonWriter& json, const char* name, std::uint64_t number);

// `object` and `problem` belong to the caller. After a problem the other answers mean nothing.
class JsonMembers {
 public:
  JsonMembers(const rapidjson::Value& object, std::string& problem)
      : object_(object), problem_(problem) {}

  std::string text(const char* name);
  std::string text_or_nothing(const char* name);  // empty when there is no such member
  std::vector<std::string> texts(const char* name);
  std::int64_t number(const char* name);
  std::uint32_t count(const char* name);
  std::uint64_t wide(const char* name);
  cdc::Lsn lsn(const char* name);
  const rapidjson::Value* find(const char* name) const;
  bool has(const char* name) const;  // and not null
  // An object inside; the empty object when it is missing or something else.
  const rapidjson::Value& object(const char* name);

  template <class T>
  T fail(const char* name, const char* wanted) {
    if (problem_.empty()) problem_ = fmt::format("member \"{}\" is not {}", name, wanted);
    return T{};
  }

 private:
  const rapidjson::Value& object_;
  std::string& problem_;
};

}  // namespace wakestream::capture
