#include "app/http/http_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace wakestream::app {

namespace {

// Scrapers and probes come one at a time; a thread is bound to a connection for as long as it is
// kept alive, so there are more of them than scrapers, and connections are not kept for long.
constexpr std::size_t thread_count = 4;
constexpr time_t idle_s_max = 2;

}  // namespace

struct HttpServer::Impl {
  httplib::Server server;
  ListenAddress address;
  std::thread thread;
};

tl::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::start(
    const ListenAddress& address, Handlers handlers) {
  auto impl = std::make_unique<Impl>();
  auto& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(thread_count); };
  server.set_keep_alive_timeout(idle_s_max);
  server.set_payload_max_length(1024);
  // Without SO_REUSEPORT, which httplib sets by itself: a second process on this port must fail.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  for (auto& [path, handler] : handlers) {
    server.Get(path, [answering = std::move(handler)](const httplib::Request&,
                                                      httplib::Response& response) {
      auto answer = answering();
      response.status = answer.status;
      response.set_content(answer.body, answer.content_type);
    });
  }
  impl->address = address;
  errno = 0;
  if (address.port == 0) {
    impl->address.port = server.bind_to_any_port(address.host);
  } else if (!server.bind_to_port(address.host, address.port)) {
    impl->address.port = -1;
  }
  if (impl->address.port < 0) {
    return tl::make_unexpected(fmt::format("cannot listen on {}: {}", to_string(address),
                                           errno == 0 ? "no such address" : std::strerror(errno)));
  }
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // Only a server that listens can be stopped.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->server.stop();
  impl_->thread.join();
}

const ListenAddress& HttpServer::address() const { return impl_->address; }

}  // namespace wakestream::app
