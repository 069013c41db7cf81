// PostgreSQL's own grammar (libpg_query) over one rule file: its statements as JSON trees, and what
// is wrong with those that are none.
//
// The grammar is PostgreSQL 15's. Offsets in the trees are bytes from the start of the statement.
//
// Source: libpg_query README; PostgreSQL's src/include/nodes/parsenodes.h for the nodes' fields.
#pragma once

#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/error.h"
#include "mapping/place.h"

namespace wakestream::mapping {

using SqlNode = rapidjson::Value;

// One file's SQL, for places.
class SqlText {
 public:
  SqlText(std::string_view file_name, std::string_view sql)
      : file(file_name), text(sql), lines_(sql) {}
  // SQL that stands in a file of another kind: the place in it of each byte of `sql`.
  SqlText(std::string_view file_name, std::string_view sql, std::span<const Place> places)
      : file(file_name), text(sql), lines_({}), places_(places) {}

  Place place(std::size_t offset) const {
    return places_.empty() ? lines_.place(offset) : places_[std::min(offset, places_.size() - 1)];
  }

  std::string_view file;
  std::string_view text;

 private:
  LineIndex lines_;
  std::span<const Place> places_;
};

struct SqlStatement {
  std::size_t start = 0;       // of the statement in the file's text
  std::size_t first_word = 0;  // behind white space and comments; from `start`
  std::string_view text;
  rapidjson::Document tree;  // the statement's node: {"ViewStmt": {...}}
};

// Statements are parsed one by one, so that each wrong one has its own error.
std::vector<SqlStatement> parse_statements(const SqlText& source, std::vector<Error>& errors);

// The child of that name; null when it is not there.
const SqlNode* child(const SqlNode& node, const char* name);
// The items of a list child; an empty list when it is not there.
std::vector<const SqlNode*> children(const SqlNode& node, const char* name);
// A text child; empty when it is not there.
std::string_view text_child(const SqlNode& node, const char* name);
// The kind of a node that is wrapped in its kind, {"ColumnRef": {...}}, and what is in it.
struct TypedSqlNode {
  std::string_view kind;
  const SqlNode* node = nullptr;

  bool is(std::string_view wanted) const { return node != nullptr && kind == wanted; }
};
TypedSqlNode typed(const SqlNode& wrapped);
// The same of a child; without kind and node when there is no such child.
TypedSqlNode typed_child(const SqlNode& node, const char* name);
// The texts of a list of {"String": {"sval": ...}}; an item of another kind (a star) is an empty
// text.
std::vector<std::string_view> name_list(const SqlNode& node, const char* name);

// One statement's way to make errors.
class SqlErrors {
 public:
  SqlErrors(const SqlText& source, const SqlStatement& statement)
      : source_(source), statement_(statement) {}

  Place place(std::size_t offset) const { return source_.place(statement_.start + offset); }
  // The node's own place, or where the statement starts.
  Place place_of(const SqlNode& node) const;
  std::size_t offset_of(const SqlNode& node) const;
  std::string_view statement_text() const { return statement_.text; }
  std::string_view file() const { return source_.file; }
  void set_rule(std::string rule) { rule_ = std::move(rule); }

  Error error(ErrorKind kind, Place place, std::string message) const;
  tl::unexpected<Error> refuse(ErrorKind kind, Place place, std::string message) const {
    return tl::unexpected(error(kind, place, std::move(message)));
  }
  tl::unexpected<Error> unsupported(const SqlNode& node, std::string message) const {
    return refuse(ErrorKind::unsupported, place_of(node), std::move(message));
  }

 private:
  const SqlText& source_;
  const SqlStatement& statement_;
  std::string rule_;
};

}  // namespace wakestream::mapping
