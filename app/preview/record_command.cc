#include "app/preview/record_command.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/preview/advice.h"
#include "app/preview/live_source.h"
#include "app/preview/recording_file.h"
#include "app/stop_signal.h"
#include "cdc/stream/transaction_stream.h"

namespace wakestream::preview {

namespace {

constexpr std::chrono::milliseconds wait{100};

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// Why it ended before it was asked to.
struct Failure {
  std::string sentence;
  bool try_again = false;
};

Failure failure_of(const cdc::Error& error) {
  return {with_advice(error), error.kind == cdc::ErrorKind::connection_failed};
}

class Recorder {
 public:
  Recorder(LiveSource& source, RecordingFile& file) : source_(source), file_(file) {}

  // Until a signal, silence, or the file's limit.
  tl::expected<void, Failure> run(const app::StopSignal& stop,
                                  const std::optional<double>& until_idle_s) {
    auto last = std::chrono::steady_clock::now();
    while (!stop.requested() && !full_) {
      const auto next = source_.next(wait);
      if (!next) return tl::unexpected(failure_of(next.error()));
      if (const auto* frame = std::get_if<Frame>(&*next)) {
        last = std::chrono::steady_clock::now();
        if (auto taken = take(*frame); !taken) return taken;
      } else if (until_idle_s && seconds_since(last) >= *until_idle_s) {
        break;
      }
    }
    return {};
  }
  bool full() const { return full_; }

 private:
  tl::expected<void, Failure> take(const Frame& frame) {
    const auto item = stream_.push(frame.position, frame.payload);
    if (!item) return tl::unexpected(failure_of(item.error()));
    const auto* commit = std::get_if<cdc::TransactionCommit>(&*item);
    const auto end_lsn = commit != nullptr ? commit->end_lsn : cdc::Lsn{};
    const auto added = file_.add(frame, end_lsn);
    if (!added) return tl::unexpected(Failure{added.error(), false});
    full_ = !*added;
    if (commit != nullptr) source_.passed(end_lsn);
    return {};
  }

  LiveSource& source_;
  RecordingFile& file_;
  cdc::TransactionStream stream_;
  bool full_ = false;
};

}  // namespace

int record_command(const app::Config& config, const RecordOptions& options, app::Logger& logger) {
  const app::StopSignal stop;
  const auto fail = [&](const Failure& failure) {
    logger.error("not_recorded", failure.sentence);
    return failure.try_again ? app::exit_try_again : app::exit_problem;
  };
  LiveSource::Options live;
  live.command = "record";
  live.from_slot = options.from == "slot";
  live.stop_fd = stop.fd();
  auto source = LiveSource::connect(config, live);
  if (!source) return fail(failure_of(source.error()));
  auto file = RecordingFile::create(options.file, options.bytes_max);
  if (!file) return fail({file.error(), false});
  logger.info("recording", "recording; the file will hold rows of the database",
              {{"file", options.file}, {"from", cdc::to_string((*source)->reached())}});
  Recorder recorder(**source, **file);
  const auto recorded = recorder.run(stop, options.until_idle_s);
  // What is whole is kept, whatever ended it.
  if (const auto finished = (*file)->finish(); !finished) return fail({finished.error(), false});
  if (!recorded) return fail(recorded.error());
  logger.info(
      "recorded",
      recorder.full() ? "the file has reached --bytes-max; what it holds is whole" : "recorded",
      {{"transactions", std::to_string((*file)->transaction_count())},
       {"bytes", std::to_string((*file)->size())},
       {"up_to", cdc::to_string((*source)->reached())}});
  return app::exit_done;
}

}  // namespace wakestream::preview
