#include "roles/capture/json_record.h"

#include <charconv>

namespace wakestream::capture {

void put(JsonWriter& json, const char* name, std::string_view text) {
  json.Key(name);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(JsonWriter& json, const char* name, std::int64_t number) {
  json.Key(name);
  json.Int64(number);
}

void put(JsonWriter& json, const char* name, cdc::Lsn lsn) {
  put(json, name, std::string_view{cdc::to_string(lsn)});
}

void put(JsonWriter& json, const char* name, const std::vector<Consequence>& consequences) {
  json.Key(name);
  json.StartArray();
  for (const auto& consequence : consequences) {
    json.StartObject();
    put(json, "kind", to_string(consequence.kind));
    put(json, "from_lsn", consequence.from);
    put(json, "to_lsn", consequence.to);
    put(json, "what", consequence.sentence);
    json.EndObject();
  }
  json.EndArray();
}

void put_wide(JsonWriter& json, const char* name, std::uint64_t number) {
  put(json, name, std::string_view{std::to_string(number)});
}

std::string JsonMembers::text(const char* name) {
  const auto* value = find(name);
  if (value == nullptr || !value->IsString()) return fail<std::string>(name, "a string");
  return {value->GetString(), value->GetStringLength()};
}

std::string JsonMembers::text_or_nothing(const char* name) {
  return find(name) == nullptr ? std::string{} : text(name);
}

std::vector<std::string> JsonMembers::texts(const char* name) {
  using Texts = std::vector<std::string>;
  const auto* value = find(name);
  if (value == nullptr || !value->IsArray()) return fail<Texts>(name, "an array");
  Texts texts;
  for (const auto& text : value->GetArray()) {
    if (!text.IsString()) return fail<Texts>(name, "an array of strings");
    texts.emplace_back(text.GetString(), text.GetStringLength());
  }
  return texts;
}

std::int64_t JsonMembers::number(const char* name) {
  const auto* value = find(name);
  if (value == nullptr || !value->IsInt64()) return fail<std::int64_t>(name, "an integer");
  return value->GetInt64();
}

std::uint32_t JsonMembers::count(const char* name) {
  const auto wide = number(name);
  if (wide < 0 || wide > UINT32_MAX) return fail<std::uint32_t>(name, "a count");
  return static_cast<std::uint32_t>(wide);
}

std::uint64_t JsonMembers::wide(const char* name) {
  const auto digits = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail<std::uint64_t>(name, "a number as text");
  return value;
}

cdc::Lsn JsonMembers::lsn(const char* name) {
  const auto parsed = cdc::parse_lsn(text(name));
  if (!parsed) return fail<cdc::Lsn>(name, "an LSN");
  return *parsed;
}

const rapidjson::Value* JsonMembers::find(const char* name) const {
  const auto member = object_.FindMember(name);
  return member == object_.MemberEnd() ? nullptr : &member->value;
}

bool JsonMembers::has(const char* name) const {
  const auto* value = find(name);
  return value != nullptr && !value->IsNull();
}

const rapidjson::Value& JsonMembers::object(const char* name) {
  static const rapidjson::Value nothing(rapidjson::kObjectType);
  const auto* value = find(name);
  if (value != nullptr && value->IsObject()) return *value;
  fail<int>(name, "an object");
  return nothing;
}

}  // namespace wakestream::capture
