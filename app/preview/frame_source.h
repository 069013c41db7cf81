// Where preview and record take their messages from: a server, live, or a recording.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "cdc/error.h"

namespace wakestream::preview {

struct Frame {
  cdc::Lsn position;
  std::string_view payload;  // one message of pgoutput; until the next call
};
enum class Silence { pause, end };  // nothing came within the wait; nothing will come

class FrameSource {
 public:
  using Next = std::variant<Silence, Frame>;
  virtual ~FrameSource() = default;
  virtual cdc::Result<Next> next(std::chrono::milliseconds wait) = 0;
  // The transaction that ends there has been dealt with.
  virtual void passed(cdc::Lsn /*end_lsn*/) {}
  // An error of this source, or of what it gave, for an operator: with what to do about it.
  virtual std::string in_words(const cdc::Error& error) const = 0;
};

}  // namespace wakestream::preview
