#include "app/preview/live_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "app/preview/advice.h"

namespace wakestream::preview {

cdc::Result<std::unique_ptr<LiveSource>> LiveSource::connect(const app::Config& config,
                                                             const Options& options) {
  auto source = std::make_unique<LiveSource>();
  cdc::SessionOptions session;
  session.conninfo = config.source.url.reveal();
  session.application_name = "wakestream " + options.command;
  session.interrupt_fd = options.stop_fd;
  auto connected = cdc::ReplicationSession::connect(session);
  if (!connected) return tl::unexpected(connected.error());
  source->session_ = std::move(*connected);
  auto server = source->session_->identify();
  if (!server) return tl::unexpected(server.error());
  if (server->wal_sender_timeout.count() > 0)
    source->feedback_interval_ =
        std::min(source->feedback_interval_, server->wal_sender_timeout / 6);
  auto tables = source->session_->published_tables(config.source.publication);
  if (!tables) return tl::unexpected(tables.error());
  source->tables_ = std::move(*tables);
  const auto slot = fmt::format("wakestream_{}_{}", options.command, getpid());
  auto from = source->session_->create_temporary_slot(
      slot, options.from_slot ? config.source.slot_name : "");
  if (!from) return tl::unexpected(from.error());
  source->reached_ = *from;
  if (options.stop_fd >= 0) source->session_->set_wakeup_fds({options.stop_fd});
  auto started = source->session_->start_streaming(slot, config.source.publication, *from);
  if (!started) return tl::unexpected(started.error());
  return source;
}

cdc::Result<FrameSource::Next> LiveSource::next(std::chrono::milliseconds wait) {
  if (Clock::now() - last_feedback_ >= feedback_interval_) {
    last_feedback_ = Clock::now();
    auto sent = session_->send_feedback(reached_, false);
    if (!sent) return tl::unexpected(sent.error());
  }
  const auto received = session_->receive(wait);
  if (!received) return tl::unexpected(received.error());
  if (const auto* keepalive = std::get_if<cdc::Keepalive>(&*received)) {
    if (!in_transaction_) reached_ = std::max(reached_, keepalive->wal_end);
    if (keepalive->reply_requested) last_feedback_ = {};
    return Silence::pause;
  }
  const auto* data = std::get_if<cdc::WalData>(&*received);
  if (data == nullptr) return Silence::pause;
  // Begin and Commit: between them the position that a keepalive names is not ours yet.
  if (data->payload.substr(0, 1) == "B") in_transaction_ = true;
  if (data->payload.substr(0, 1) == "C") in_transaction_ = false;
  return Frame{data->wal_start, data->payload};
}

std::string LiveSource::in_words(const cdc::Error& error) const { return with_advice(error); }

}  // namespace wakestream::preview
