// The way from a source to whoever looks at rows, a step at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cdc/row_change.h"
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

class RowPump {
 public:
  virtual ~RowPump() = default;

  enum class Step { went_on, quiet, ended };
  // Some rows, or a wait of 100 ms.
  virtual Step step(RowViewer& viewer) = 0;

  // After an error nothing goes on. Of a rule that does not fit a table, or of the source.
  const std::string& problem() const { return problem_; }
  bool try_again() const { return try_again_; }
  const mapping::Error& rule_error() const { return rule_error_; }

  std::uint64_t row_count() const { return row_count_; }
  // Since when nothing has come.
  double idle_s() const {
    return std::chrono::duration<double>(Clock::now() - last_message_).count();
  }

 protected:
  using Clock = std::chrono::steady_clock;

  void note_message() { last_message_ = Clock::now(); }
  Step fail(std::string problem, bool try_again) {
    problem_ = std::move(problem);
    try_again_ = try_again;
    return Step::ended;
  }
  // `place` is for the error.
  Step show(RowViewer& viewer, const mapping::ChangeOrigin& origin, const cdc::RowChange& row,
            cdc::Lsn place) {
    ++row_count_;
    auto shown = viewer.on_row(origin, row);
    if (shown) return Step::went_on;
    rule_error_ = shown.error();
    return fail(mapping::to_string(rule_error_) + " (at " + cdc::to_string(place) + ")", false);
  }

 private:
  std::uint64_t row_count_ = 0;
  Clock::time_point last_message_ = Clock::now();
  std::string problem_;
  mapping::Error rule_error_{};
  bool try_again_ = false;
};

}  // namespace wakestream::preview
