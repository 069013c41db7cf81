#include "mapping/json_array.h"

#include <algorithm>

#include "mapping/json_value.h"

namespace wakestream::mapping {

namespace {

class ArrayReader {
 public:
  ArrayReader(const Type& element, std::string_view text, std::string& out)
      : element_(element), rest_(text), out_(out) {}

  bool read() {
    if (!skip_bounds() || !take('{')) return false;
    out_.push_back('[');
    if (take('}')) {
      out_.push_back(']');
      return rest_.empty();
    }
    int depth = 1;
    while (depth > 0) {
      while (take('{')) {
        out_.push_back('[');
        ++depth;
      }
      if (!read_element()) return false;
      while (depth > 0 && take('}')) {
        out_.push_back(']');
        --depth;
      }
      if (depth == 0) break;
      if (!take(',')) return false;
      out_.push_back(',');
    }
    return rest_.empty();
  }

 private:
  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // [0:2][-1:1]=
  bool skip_bounds() {
    if (!rest_.starts_with('[')) return true;
    const auto end = rest_.find('=');
    if (end == std::string_view::npos) return false;
    const auto bounds = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return bounds.find_first_not_of("0123456789[]:-") == std::string_view::npos;
  }

  bool read_element() {
    if (take('"')) return read_quoted();
    const auto end = std::min(rest_.find_first_of(",}{\"\\"), rest_.size());
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (text.empty()) return false;
    if (text == "NULL") {
      out_ += "null";
      return true;
    }
    return append_json(element_, text, out_);
  }

  bool read_quoted() {
    unescaped_.clear();
    while (true) {
      const auto plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
      unescaped_ += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (take('"')) return append_json(element_, unescaped_, out_);
      if (!take('\\') || rest_.empty()) return false;
      unescaped_.push_back(rest_[0]);
      rest_.remove_prefix(1);
    }
  }

  const Type& element_;
  std::string_view rest_;
  std::string& out_;
  std::string unescaped_;
};

}  // namespace

bool append_json_array(const Type& element, std::string_view text_form, std::string& out) {
  return ArrayReader(element, text_form, out).read();
}

}  // namespace wakestream::mapping
