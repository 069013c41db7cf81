#include "emitters/http/transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace wakestream::emitters {

Transfer::Transfer(const NetworkRecipe& network) : network_(network), handle_(curl_easy_init()) {
  if (handle_ == nullptr) throw std::bad_alloc();
}

// Fails when memory runs out, or for an option that this libcurl does not have: then nothing may be
// sent without it.
template <class Value>
void Transfer::set(CURLoption option, Value value) {
  if (curl_easy_setopt(handle_.get(), option, value) != CURLE_OK)
    throw std::runtime_error("libcurl does not take an option");
}

void Transfer::prepare(std::uint64_t key, Request request) {
  key_ = key;
  request_ = std::move(request);
  answer_ = {};
  denied_ = false;
  is_too_late_ = false;
  bytes_before_.reset();
  curl_easy_reset(handle_.get());
  set_network();
  set_request();
}

void Transfer::set_network() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, network_.plain_http ? "http,https" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  if (!network_.ca_file.empty()) {
    for (const auto option : {CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO})
      set(option, network_.ca_file.c_str());
    // Else the system's authorities would count beside it.
    for (const auto option : {CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH})
      set(option, static_cast<const char*>(nullptr));
  }
  if (!network_.client_cert_file.empty()) {
    set(CURLOPT_SSLCERT, network_.client_cert_file.c_str());
    set(CURLOPT_SSLKEY, network_.client_key_file.c_str());
    // Without one OpenSSL would ask on the terminal.
    set(CURLOPT_KEYPASSWD, network_.client_key_password.reveal().c_str());
  }
  // Empty is "none"; without it libcurl asks the environment.
  set(CURLOPT_PROXY, network_.proxy.reveal().c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(network_.connect_timeout.count() * 1'000));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(network_.timeout.count() * 1'000));
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &Transfer::may_begin);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  set(CURLOPT_WRITEDATA, this);
}

void Transfer::set_request() {
  set(CURLOPT_URL, request_.url.c_str());
  curl_slist* list = nullptr;
  const auto add = [&](const std::string& line) {
    auto* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
      curl_slist_free_all(list);
      throw std::bad_alloc();
    }
    list = longer;
  };
  // With a semicolon it is sent although it is empty.
  for (const auto& [name, value] : request_.headers)
    add(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  add("Expect:");  // no round trip before a larger body
  headers_.reset(list);
  set(CURLOPT_HTTPHEADER, headers_.get());
  if (request_.body.empty() && (request_.method == "GET" || request_.method == "DELETE")) {
    set(CURLOPT_HTTPGET, 1L);
  } else {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

std::size_t Transfer::take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  auto& body = transfer.answer_.body;
  if (body.size() + size * count > transfer.network_.answer_bytes_max) {
    transfer.answer_.too_large = true;
    return 0;  // ends the transfer
  }
  body.append(bytes, size * count);
  return size * count;
}

// The last moment before a request goes out, with its connection open. libcurl repeats by itself
// what got no answer on a connection that was used before. Here it may not, once something was
// sent: the receiver may have it, and whoever sends again says so first.
int Transfer::may_begin(void* self, char* /*to*/, char* /*from*/, int /*to_port*/,
                        int /*from_port*/) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto sent = transfer.bytes_sent();
  if (sent > transfer.bytes_before_.value_or(sent)) return CURL_PREREQFUNC_ABORT;
  transfer.bytes_before_ = sent;
  transfer.is_too_late_ = boot_ms() > transfer.request_.begin_by_ms;
  if (transfer.is_too_late_) return CURL_PREREQFUNC_ABORT;
  return CURL_PREREQFUNC_OK;
}

long Transfer::bytes_sent() const {
  long bytes = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes;
}

curl_socket_t Transfer::open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto target = address_of(&address->addr);
  if (purpose != CURLSOCKTYPE_IPCXN || !target ||
      !transfer.network_.addresses.may_connect(*target)) {
    transfer.denied_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Arrival Transfer::finish(CURLcode code) {
  Arrival arrival{.key = key_};
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && answer_.too_large)) {
    arrival.kind = Arrival::Kind::answered;
    answer_.status = static_cast<int>(status);
    curl_header* header = nullptr;
    if (curl_easy_header(handle_.get(), "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
      answer_.retry_after = header->value;
    arrival.answer = std::move(answer_);
  } else {
    const bool sent = bytes_sent() > 0;
    arrival.kind = sent ? Arrival::Kind::cut : Arrival::Kind::not_sent;
    arrival.reason = reason(code, sent);
  }
  request_ = {};
  answer_ = {};
  return arrival;
}

// libcurl's own words for an error may hold the URL; these do not.
std::string Transfer::reason(CURLcode code, bool sent) const {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the name of its host leads nowhere";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "the name of the proxy leads nowhere";
    case CURLE_COULDNT_CONNECT:
      return denied_
                 ? "its address is not of the public internet, and network.allow does not have it"
                 : "nobody takes connections at its address";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "its certificate is not trusted: unknown authority, another host, or expired";
    case CURLE_SSL_CACERT_BADFILE:
      return "network.ca_file cannot be read";
    case CURLE_SSL_CERTPROBLEM:
      return "network.client_cert_file, client_key_file and client_key_password cannot be used "
             "together: missing, no PEM, another certificate's key, or a wrong password";
    case CURLE_OPERATION_TIMEDOUT:
      return sent ? fmt::format("no whole answer within {} s", network_.timeout.count())
                  : "no connection within the time for it";
    case CURLE_ABORTED_BY_CALLBACK:  // by may_begin
      if (is_too_late_) return std::string(begins_too_late);
      [[fallthrough]];
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
      return "the connection ended before the answer was whole";
    default:
      return curl_easy_strerror(code);
  }
}

}  // namespace wakestream::emitters
