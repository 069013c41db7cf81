// What a running pipeline shows of itself over HTTP:
//
//   /metrics   for Prometheus (text format 0.0.4)
//   /healthz   200 while the capture loop turns, else 503; JSON with the reasons
//   /readyz    200 while changes stream into the log, else 503; JSON with the reasons
//   /status    what `wakestream status` asks a running process for; JSON
//
// Names, positions, counts and times; never a cell's value, never a secret.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "app/http/delivery_board.h"
#include "app/http/http_server.h"
#include "app/http/source_watch.h"
#include "app/http/watch_board.h"
#include "app/listen_address.h"

namespace wakestream::app {

class Monitor {
 public:
  struct Options {
    ListenAddress address;
    std::string pipeline;
    SourceWatch::Options source;
    std::function<std::optional<std::int64_t>()> log_bytes;  // of an embedded log
    const DeliveryBoard* deliveries = nullptr;               // outlives it; null: there are none
  };

  // Listens when it returns; asks PostgreSQL from then on.
  static tl::expected<std::unique_ptr<Monitor>, std::string> start(Options options);

  WatchBoard& board() { return board_; }
  const ListenAddress& address() const { return server_->address(); }

 private:
  explicit Monitor(Options options) : options_(std::move(options)), source_(options_.source) {}
  HttpServer::Handlers handlers();

  Options options_;
  WatchBoard board_;
  SourceWatch source_;
  std::unique_ptr<HttpServer> server_;  // last: its threads read what stands above
};

}  // namespace wakestream::app
