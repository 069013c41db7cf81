// Messages from the server, by a slot that ends with the session: from now on, or from where the
// pipeline's slot stands, by a copy of it. The pipeline's slot never moves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/preview/frame_source.h"
#include "cdc/session/replication_session.h"

namespace wakestream::preview {

class LiveSource final : public FrameSource {
 public:
  struct Options {
    std::string command = "preview";  // for the session's and the slot's name
    bool from_slot = false;
    int stop_fd = -1;  // ends the waiting
  };
  static cdc::Result<std::unique_ptr<LiveSource>> connect(const app::Config& config,
                                                          const Options& options);

  cdc::Result<Next> next(std::chrono::milliseconds wait) override;
  void passed(cdc::Lsn end_lsn) override { reached_ = end_lsn; }
  std::string in_words(const cdc::Error& error) const override;

  // Of the publication.
  const std::vector<cdc::PublishedTable>& tables() const { return tables_; }
  // Where it began, then what has been passed.
  cdc::Lsn reached() const { return reached_; }

 private:
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<cdc::ReplicationSession> session_;
  std::vector<cdc::PublishedTable> tables_;
  cdc::Lsn reached_;
  bool in_transaction_ = false;
  Clock::time_point last_feedback_ = Clock::now();
  std::chrono::milliseconds feedback_interval_{10'000};
};

}  // namespace wakestream::preview
