// One request in libcurl's hands, and what has come of its answer so far. Used again for the next
// one.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "emitters/http/transport.h"

namespace wakestream::emitters {

class Transfer {
 public:
  explicit Transfer(const NetworkRecipe& network);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void prepare(std::uint64_t key, Request request);
  Arrival finish(CURLcode code);

  CURL* handle() const { return handle_.get(); }

 private:
  struct Ends {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static int may_begin(void* self, char* to, char* from, int to_port, int from_port);
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  template <class Value>
  void set(CURLoption option, Value value);
  void set_network();
  void set_request();
  long bytes_sent() const;
  std::string reason(CURLcode code, bool sent) const;

  const NetworkRecipe& network_;
  std::unique_ptr<CURL, Ends> handle_;
  std::unique_ptr<curl_slist, Ends> headers_;
  std::uint64_t key_ = 0;
  Request request_;  // libcurl reads its body from here
  Answer answer_;
  // When it first began: a proxy was spoken to by then, perhaps.
  std::optional<long> bytes_before_;
  bool denied_ = false;       // an address was not let through
  bool is_too_late_ = false;  // to begin
};

}  // namespace wakestream::emitters
