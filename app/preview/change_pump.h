// Messages in, row changes out: the way from a source to whoever looks at rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "app/preview/frame_source.h"
#include "cdc/stream/transaction_stream.h"
#include "mapping/error.h"
#include "mapping/event.h"

namespace wakestream::preview {

// Looks at row changes, in their order.
class RowViewer {
 public:
  virtual ~RowViewer() = default;
  virtual mapping::Result<void> on_row(const mapping::ChangeOrigin& origin,
                                       const cdc::RowChange& row) = 0;
  // Has it seen what it was asked for?
  virtual bool enough() const { return false; }
  // Nothing more is there for now: what is buffered may be shown.
  virtual void on_quiet() {}
};

class ChangePump {
 public:
  explicit ChangePump(FrameSource& source) : source_(source) {}

  enum class Step { went_on, quiet, ended };
  // At most a few hundred messages, or a wait of 100 ms.
  Step step(RowViewer& viewer);

  // After an error nothing goes on. Of a rule that does not fit a table, or of the stream.
  const std::string& problem() const { return problem_; }
  bool try_again() const { return try_again_; }
  const mapping::Error& rule_error() const { return rule_error_; }

  std::uint64_t row_count() const { return row_count_; }
  double idle_s() const;

 private:
  using Clock = std::chrono::steady_clock;

  Step fail(const cdc::Error& error);
  Step take(RowViewer& viewer, const Frame& frame);
  Step show(RowViewer& viewer, const cdc::RowChange& row);

  FrameSource& source_;
  cdc::TransactionStream stream_;
  mapping::ChangeOrigin origin_{1, {}, 0, 0};
  std::uint64_t row_count_ = 0;
  Clock::time_point last_message_ = Clock::now();
  std::string problem_;
  mapping::Error rule_error_{};
  bool try_again_ = false;
};

}  // namespace wakestream::preview
