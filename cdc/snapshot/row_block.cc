// Source: PostgreSQL documentation, "COPY", Text Format.
#include "cdc/snapshot/row_block.h"

#include <cstring>
#include <optional>

namespace wakestream::cdc {

namespace {

// Behind a backslash. COPY TO writes no octal and no hexadecimal escapes.
std::optional<char> escaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
      return '\\';
    default:
      return std::nullopt;
  }
}

// Appends the value that `field` stands for.
bool append_value(std::string_view field, std::string& out) {
  while (!field.empty()) {
    const auto plain = field.find('\\');
    if (plain == std::string_view::npos) {
      out.append(field);
      return true;
    }
    out.append(field.substr(0, plain));
    const auto letter = plain + 1 < field.size() ? escaped(field[plain + 1]) : std::nullopt;
    if (!letter) return false;
    out.push_back(*letter);
    field.remove_prefix(plain + 2);
  }
  return true;
}

}  // namespace

bool RowBlock::add_copy_line(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  const auto cells_before = cells_.size();
  const auto bytes_before = bytes_.size();
  if (add_cells(line) && cells_.size() == cells_before + column_count_) return true;
  cells_.resize(cells_before);
  bytes_.resize(bytes_before);
  return false;
}

bool RowBlock::add_row(std::span<const Value> row) {
  for (const auto& value : row)
    if (value.kind == Value::Kind::not_sent) return false;
  for (const auto& value : row) {
    const bool null = value.kind == Value::Kind::null;
    cells_.push_back({static_cast<std::uint32_t>(bytes_.size()),
                      null ? null_size : static_cast<std::uint32_t>(value.text.size())});
    bytes_.append(value.text);
  }
  return true;
}

bool RowBlock::add_cells(std::string_view line) {
  while (true) {
    const auto end = line.find('\t');
    const auto field = line.substr(0, end);
    const auto begin = bytes_.size();
    if (begin >= null_size) return false;
    if (field == "\\N") {
      cells_.push_back({0, null_size});
    } else {
      if (!append_value(field, bytes_) || bytes_.size() >= null_size) return false;
      cells_.push_back(
          {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(bytes_.size() - begin)});
    }
    if (end == std::string_view::npos) return true;
    line.remove_prefix(end + 1);
  }
}

std::size_t RowBlock::row_bytes(std::size_t row) const {
  std::size_t bytes = 0;
  for (std::size_t column = 0; column < column_count_; ++column) {
    const auto& cell = cells_[row * column_count_ + column];
    if (cell.size != null_size) bytes += cell.size;
  }
  return bytes;
}

Value RowBlock::at(std::size_t row, std::size_t column) const {
  const auto& cell = cells_[row * column_count_ + column];
  if (cell.size == null_size) return Value::null();
  return Value::of(std::string_view(bytes_).substr(cell.begin, cell.size));
}

}  // namespace wakestream::cdc
