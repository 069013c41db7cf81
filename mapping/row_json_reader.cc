#include "mapping/row_json_reader.h"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <optional>

#include "mapping/evaluation.h"
#include "mapping/rule_binding.h"

namespace wakestream::mapping {

namespace {

std::string_view text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

const rapidjson::Value* member(const rapidjson::Value& object, std::string_view name) {
  const auto found = object.FindMember(
      rapidjson::Value(name.data(), static_cast<rapidjson::SizeType>(name.size())));
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::optional<cdc::Operation> operation_of(const rapidjson::Value& row) {
  const auto* name = member(row, "op");
  if (name == nullptr || !name->IsString()) return std::nullopt;
  for (const auto operation : all_operations)
    if (name_of(operation) == text_of(*name)) return operation;
  return std::nullopt;
}

std::optional<cdc::OldRow> old_row_of(const rapidjson::Value& row) {
  const auto* name = member(row, "old_row");
  if (name == nullptr || !name->IsString()) return std::nullopt;
  if (text_of(*name) == "absent") return cdc::OldRow::absent;
  if (text_of(*name) == "key_only") return cdc::OldRow::key_only;
  if (text_of(*name) == "full") return cdc::OldRow::full;
  return std::nullopt;
}

std::optional<std::string> bytes_of_hex(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    unsigned char byte = 0;
    const auto* begin = digits.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

std::optional<cdc::Value> value_of(const rapidjson::Value& json, std::deque<std::string>& texts) {
  if (json.IsNull()) return cdc::Value::null();
  if (json.IsString()) return cdc::Value::of(texts.emplace_back(text_of(json)));
  if (!json.IsObject()) return std::nullopt;
  const auto* digits = member(json, "hex");
  if (digits == nullptr || !digits->IsString()) return std::nullopt;
  auto bytes = bytes_of_hex(text_of(*digits));
  if (!bytes) return std::nullopt;
  return cdc::Value::of(texts.emplace_back(std::move(*bytes)));
}

// False when the row is not as row_json writes it.
bool read_values(const rapidjson::Value& row, const char* name, const cdc::Relation& relation,
                 std::deque<std::string>& texts, std::vector<cdc::Value>& values) {
  const auto* kept = member(row, name);
  if (kept == nullptr) return false;
  if (kept->IsNull()) return true;  // the operation has no such row
  if (!kept->IsObject()) return false;
  for (const auto& column : relation.columns) {
    const auto* json = member(*kept, column.name);
    const auto value = json == nullptr ? cdc::Value::not_sent() : value_of(*json, texts);
    if (!value) return false;
    values.push_back(*value);
  }
  return true;
}

}  // namespace

tl::expected<KeptRow, std::string> read_row_json(std::string_view json,
                                                 const cdc::Relation& relation) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject())
    return tl::make_unexpected("the kept row is not a JSON object");
  const auto operation = operation_of(document);
  const auto old_row = old_row_of(document);
  KeptRow row;
  if (!operation || !old_row || !read_values(document, "before", relation, row.texts, row.before) ||
      !read_values(document, "after", relation, row.texts, row.after))
    return tl::make_unexpected("the kept row is not of the form that the quarantine keeps");
  row.change.operation = *operation;
  row.change.old_row = *old_row;
  row.change.relation = &relation;
  row.change.before = row.before;
  row.change.after = row.after;
  return row;
}

}  // namespace wakestream::mapping
