// Many HTTP requests under way from one thread, by libcurl. Connections are kept and shared
// (HTTP/1.1, and HTTP/2 where TLS finds that both speak it); certificates are checked; redirects
// are not followed; no proxy but the recipe's is used. A connection is opened only to an address
// that the recipe's rules let through, whatever name led there.
//
// One thread; `wake` from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emitters/http/request.h"

namespace wakestream::emitters {

// What came of one request.
struct Arrival {
  enum class Kind : std::uint8_t {
    answered,
    not_sent,  // the receiver has nothing of it
    cut,       // it may have it: sent, wholly or in part, and no whole answer came
  };
  std::uint64_t key = 0;
  Kind kind = Kind::not_sent;
  Answer answer = {};       // of `answered`
  std::string reason = {};  // else: in words, with nothing of request and answer
};

class Transport {
 public:
  explicit Transport(const NetworkRecipe& network);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // `key` comes back with what arrives.
  void begin(std::uint64_t key, Request request);

  // Carries requests on and appends what arrived; waits for the first for `wait` at most, or until
  // `wake`.
  void run(std::chrono::milliseconds wait, std::vector<Arrival>& out);
  void wake();

  std::size_t under_way() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace wakestream::emitters
