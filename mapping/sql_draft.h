// An SQL expression put together from pieces of a file that is not SQL, each with its place there,
// so that an error is shown where the person wrote what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mapping/error.h"
#include "mapping/expression.h"
#include "mapping/place.h"

namespace wakestream::mapping {

struct PlacedText {
  std::string text;
  std::vector<Place> places;  // of each byte, or one for all

  Place first() const { return places.empty() ? Place{} : places.front(); }
};

class SqlDraft {
 public:
  SqlDraft& add(std::string_view text, Place place);
  SqlDraft& add(const PlacedText& written);

  // On one line, without comments.
  std::string line() const;
  // Reads it: one expression, nothing behind it. `rule` is named in the error.
  Result<Expression> read(const std::string& file, const std::string& rule) const;

 private:
  std::string text_;
  std::vector<Place> places_;  // of each byte
};

}  // namespace wakestream::mapping
