#include "app/http/http_client.h"

#include <httplib.h>

namespace wakestream::app {

std::optional<std::string> http_get(const ListenAddress& address, const std::string& path,
                                    std::chrono::milliseconds timeout) {
  // Who listens at every address is asked at this machine's own.
  const bool everywhere = address.host == "0.0.0.0" || address.host == "::";
  httplib::Client client(everywhere ? "127.0.0.1" : address.host, address.port);
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  const auto answer = client.Get(path);
  if (!answer || answer->status != 200) return std::nullopt;
  return answer->body;
}

}  // namespace wakestream::app
