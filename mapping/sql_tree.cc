#include "mapping/sql_tree.h"

#include <fmt/format.h>
#include <pg_query.h>

#include <algorithm>
#include <memory>

#include "mapping/utf8.h"

namespace wakestream::mapping {

namespace {

// libpg_query walks its tree by recursion, and a chain of operators is as deep as it is long: the
// length of a statement bounds that depth. No rule comes near it.
constexpr std::size_t statement_bytes_max = 16U << 10U;
constexpr std::size_t file_bytes_max = 1U << 20U;

Error error_at(const SqlText& source, std::size_t offset, ErrorKind kind, std::string message) {
  const auto place = source.place(offset);
  return {kind, std::move(message), std::string(source.file), place.line, place.column, {}, {}, {}};
}

std::string syntax_message(const PgQueryError& error) {
  return fmt::format("{}: this is not SQL as PostgreSQL 15 reads it", error.message);
}

// PostgreSQL counts characters, from 1; 0 is "no place known".
std::size_t offset_of_cursor(std::string_view text, int cursor) {
  std::size_t offset = 0;
  for (int passed = 1; passed < cursor && offset < text.size(); ++passed) {
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U)
      ++offset;
  }
  return offset;
}

// Behind white space and comments. Comments nest, as in the SQL standard.
std::size_t first_word_of(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (std::string_view(" \t\n\r\f\v").find(text[at]) != std::string_view::npos) {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      int depth = 0;
      do {
        const bool opens = text.substr(at, 2) == "/*";
        const bool closes = text.substr(at, 2) == "*/";
        depth += opens ? 1 : closes ? -1 : 0;
        at += opens || closes ? 2 : 1;
      } while (depth > 0 && at < text.size());
    } else {
      break;
    }
  }
  return std::min(at, text.size());
}

struct Piece {
  std::size_t start = 0;
  std::size_t size = 0;
};

std::vector<Piece> split(const SqlText& source, const std::string& text,
                         std::vector<Error>& errors) {
  auto result = pg_query_split_with_scanner(text.c_str());
  std::vector<Piece> pieces;
  if (result.error != nullptr) {
    errors.push_back(error_at(source, offset_of_cursor(source.text, result.error->cursorpos),
                              ErrorKind::syntax, syntax_message(*result.error)));
  } else {
    for (int index = 0; index < result.n_stmts; ++index) {
      const auto* piece = result.stmts[index];
      pieces.push_back({static_cast<std::size_t>(piece->stmt_location),
                        static_cast<std::size_t>(piece->stmt_len)});
    }
  }
  pg_query_free_split_result(result);
  return pieces;
}

void parse_piece(const SqlText& source, Piece piece, std::vector<SqlStatement>& statements,
                 std::vector<Error>& errors) {
  if (piece.size > statement_bytes_max) {
    errors.push_back(
        error_at(source, piece.start, ErrorKind::unsupported,
                 fmt::format("this statement has {} bytes, at most {} are read: make it smaller",
                             piece.size, statement_bytes_max)));
    return;
  }
  SqlStatement statement;
  statement.start = piece.start;
  statement.text = source.text.substr(piece.start, piece.size);
  statement.first_word = first_word_of(statement.text);
  auto result = pg_query_parse(std::string(statement.text).c_str());
  if (result.error != nullptr) {
    errors.push_back(
        error_at(source, piece.start + offset_of_cursor(statement.text, result.error->cursorpos),
                 ErrorKind::syntax, syntax_message(*result.error)));
  } else {
    statement.tree.Parse<rapidjson::kParseIterativeFlag>(result.parse_tree);
    const auto* list = statement.tree.HasParseError() ? nullptr : child(statement.tree, "stmts");
    if (list == nullptr) {
      errors.push_back(
          error_at(source, piece.start, ErrorKind::syntax, "the parser's answer cannot be read"));
    } else if (!list->Empty()) {
      statements.push_back(std::move(statement));
    }
  }
  pg_query_free_parse_result(result);
}

}  // namespace

std::vector<SqlStatement> parse_statements(const SqlText& source, std::vector<Error>& errors) {
  std::vector<SqlStatement> statements;
  if (source.text.size() > file_bytes_max) {
    errors.push_back(error_at(source, 0, ErrorKind::unsupported,
                              fmt::format("the file has {} bytes, at most {} are read: split it",
                                          source.text.size(), file_bytes_max)));
    return statements;
  }
  const auto wrong = std::min(invalid_utf8_at(source.text), source.text.find('\0'));
  if (wrong != std::string_view::npos) {
    errors.push_back(error_at(source, wrong, ErrorKind::syntax,
                              "this is not UTF-8 text: save the file as UTF-8"));
    return statements;
  }
  const std::string text(source.text);
  for (const auto piece : split(source, text, errors))
    parse_piece(source, piece, statements, errors);
  return statements;
}

const SqlNode* child(const SqlNode& node, const char* name) {
  if (!node.IsObject()) return nullptr;
  const auto found = node.FindMember(name);
  return found == node.MemberEnd() ? nullptr : &found->value;
}

std::vector<const SqlNode*> children(const SqlNode& node, const char* name) {
  std::vector<const SqlNode*> items;
  const auto* list = child(node, name);
  if (list != nullptr && list->IsArray())
    for (const auto& item : list->GetArray()) items.push_back(&item);
  return items;
}

std::string_view text_child(const SqlNode& node, const char* name) {
  const auto* found = child(node, name);
  if (found == nullptr || !found->IsString()) return {};
  return {found->GetString(), found->GetStringLength()};
}

TypedSqlNode typed(const SqlNode& wrapped) {
  if (!wrapped.IsObject() || wrapped.MemberCount() == 0) return {};
  const auto& member = *wrapped.MemberBegin();
  return {{member.name.GetString(), member.name.GetStringLength()}, &member.value};
}

TypedSqlNode typed_child(const SqlNode& node, const char* name) {
  const auto* wrapped = child(node, name);
  return wrapped == nullptr ? TypedSqlNode{} : typed(*wrapped);
}

std::vector<std::string_view> name_list(const SqlNode& node, const char* name) {
  std::vector<std::string_view> names;
  for (const auto* item : children(node, name)) {
    const auto text = typed(*item);
    names.push_back(text.is("String") ? text_child(*text.node, "sval") : std::string_view{});
  }
  return names;
}

std::size_t SqlErrors::offset_of(const SqlNode& node) const {
  const auto* location = child(node, "location");
  return location != nullptr && location->IsInt() && location->GetInt() > 0
             ? static_cast<std::size_t>(location->GetInt())
             : statement_.first_word;
}

Place SqlErrors::place_of(const SqlNode& node) const { return place(offset_of(node)); }

Error SqlErrors::error(ErrorKind kind, Place place, std::string message) const {
  return {kind, std::move(message), std::string(source_.file), place.line, place.column, rule_, {},
          {}};
}

}  // namespace wakestream::mapping
