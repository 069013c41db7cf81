// A text that must never be shown: a password, or a connection string that may hold one.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace wakestream::keys {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  // For the library that needs it, and for nobody else.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

}  // namespace wakestream::keys
