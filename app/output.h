// Lines to stdout, gathered and written 64 KiB at a time, or when flushed. A reader that went away
// ends it quietly.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::app {

class Output {
 public:
  // `discard`: everything is made and nothing written; for measurements.
  explicit Output(bool discard = false) : discard_(discard) {}
  ~Output() { flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string& line() { return buffer_; }  // append to it; end a line with end_line
  void end_line();
  void flush();
  // Is nobody reading any more?
  bool closed() const { return closed_; }

 private:
  std::string buffer_;
  bool discard_;
  bool closed_ = false;
};

// `text` as a JSON string, in quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace wakestream::app
