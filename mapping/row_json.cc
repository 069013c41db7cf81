#include "mapping/row_json.h"

#include <fmt/format.h>

#include <iterator>

#include "mapping/evaluation.h"
#include "mapping/json_text.h"
#include "mapping/utf8.h"

namespace wakestream::mapping {

namespace {

void append_any_bytes(std::string_view bytes, std::string& out) {
  if (invalid_utf8_at(bytes) == std::string_view::npos) return append_json_string(bytes, out);
  out += R"({"hex":")";
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  out += "\"}";
}

std::string_view name_of_old_row(cdc::OldRow old_row) {
  switch (old_row) {
    case cdc::OldRow::absent:
      return "absent";
    case cdc::OldRow::key_only:
      return "key_only";
    case cdc::OldRow::full:
      return "full";
  }
  return {};
}

void append_row(std::string_view name, const cdc::Relation& relation,
                std::span<const cdc::Value> row, std::string& out) {
  out += fmt::format(",\"{}\":", name);
  if (row.empty()) {
    out += "null";
    return;
  }
  std::string not_sent;
  const auto start = out.size();
  for (std::size_t index = 0; index < row.size() && index < relation.columns.size(); ++index) {
    if (row[index].kind == cdc::Value::Kind::not_sent) {
      not_sent += not_sent.empty() ? "" : ",";
      append_json_string(relation.columns[index].name, not_sent);
      continue;
    }
    out += out.size() == start ? "{" : ",";
    append_json_string(relation.columns[index].name, out);
    out.push_back(':');
    if (row[index].kind == cdc::Value::Kind::null) {
      out += "null";
    } else {
      append_any_bytes(row[index].text, out);
    }
  }
  out += out.size() == start ? "{}" : "}";
  out += fmt::format(",\"{}_not_sent\":[{}]", name, not_sent);
}

}  // namespace

void append_row_json(const cdc::RowChange& change, std::string& out) {
  out += fmt::format(R"({{"op":"{}","table":)", name_of(change.operation));
  append_json_string(fmt::format("{}.{}", change.relation->schema, change.relation->name), out);
  out += fmt::format(R"(,"old_row":"{}")", name_of_old_row(change.old_row));
  append_row("before", *change.relation, change.before, out);
  append_row("after", *change.relation, change.after, out);
  out.push_back('}');
}

}  // namespace wakestream::mapping
