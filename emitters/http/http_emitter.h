// Attempts by HTTP, as a recipe says. See emitters/emitter.h for what is promised; an access token,
// where the recipe wants one, is fetched when the first attempt needs it, and attempts wait for it.
//
// Where the recipe has a batch, what is sent by one call goes together, in as few requests as its
// limits allow; each attempt has its own outcome all the same. `room` counts attempts either way.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "emitters/emitter.h"
#include "emitters/held_attempt.h"
#include "emitters/http/access_token.h"
#include "emitters/http/apart.h"
#include "emitters/http/batch_request.h"
#include "emitters/http/recipe.h"
#include "emitters/http/transport.h"

namespace wakestream::emitters {

class HttpEmitter final : public Emitter {
 public:
  explicit HttpEmitter(Recipe recipe);

  std::size_t room() const override;
  void send(std::span<const Attempt> attempts) override;
  void take(std::chrono::milliseconds wait, std::vector<Outcome>& out) override;
  void wake() override { transport_.wake(); }

 private:
  struct Flight {
    std::uint64_t ticket = 0;
    std::string access_token;
    Batch batch;  // in place of the ticket; without their bodies
  };

  void begin(std::span<const Attempt> attempts);
  void begin_one(const Attempt& attempt);
  void begin_batches(std::span<const Attempt> attempts);
  void refuse(std::uint64_t ticket, std::string reason);
  void ask_for_token();
  void on_token(const Arrival& arrival);
  void on_arrival(const Arrival& arrival);
  Outcome outcome_of(const Arrival& arrival) const;
  void end_batch(const Flight& flight, const Arrival& arrival);

  Recipe recipe_;
  Transport transport_;
  AccessToken token_;
  Apart apart_;
  std::size_t held_ = 0;              // attempts whose outcome was not taken yet
  std::vector<HeldAttempt> waiting_;  // for a token
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t last_key_ = 0;  // 0 itself: the request for a token
  std::vector<Outcome> done_;
  std::vector<Arrival> arrivals_;
};

}  // namespace wakestream::emitters
