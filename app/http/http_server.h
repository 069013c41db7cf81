// A small HTTP server for monitoring: GET only, a handler a path, its own threads.
//
// It serves what handlers give it and knows nothing of metrics. Handlers are called on the server's
// threads, several at once. There is no TLS and no password: it is meant for this machine, or for a
// network that only monitoring can reach.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "app/listen_address.h"

namespace wakestream::app {

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class HttpServer {
 public:
  using Handlers = std::map<std::string, std::function<HttpAnswer()>>;  // by path

  // Listens when it returns; the error says why it cannot.
  static tl::expected<std::unique_ptr<HttpServer>, std::string> start(const ListenAddress& address,
                                                                      Handlers handlers);
  ~HttpServer();  // answers what was asked, then ends
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const ListenAddress& address() const;  // with the port that it got

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakestream::app
