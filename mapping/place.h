// Where something stands in a rule file, as an editor counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::mapping {

struct Place {
  int line = 0;    // from 1; 0 is "no place known"
  int column = 0;  // from 1, in characters, not bytes
};

// Turns byte offsets, which is what PostgreSQL's parser gives, into places. Keeps a view: the text
// must outlive it.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  Place place(std::size_t offset) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace wakestream::mapping
