#include "emitters/http/transport.h"

#include <atomic>
#include <new>
#include <unordered_map>
#include <utility>

#include "emitters/http/transfer.h"

namespace wakestream::emitters {

namespace {

// Once a process, before any thread of ours uses it.
bool begin_libcurl() {
  static const bool begun = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return begun;
}

}  // namespace

class Transport::Engine {
 public:
  explicit Engine(const NetworkRecipe& network)
      : network_(network), multi_(begin_libcurl() ? curl_multi_init() : nullptr) {
    if (multi_ == nullptr) throw std::bad_alloc();
    // One more, for whoever fetches a token.
    const auto connections = static_cast<long>(network_.in_flight_max) + 1;
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    for (const auto& [handle, transfer] : busy_) curl_multi_remove_handle(multi_.get(), handle);
  }

  void begin(std::uint64_t key, Request request) {
    if (idle_.empty()) idle_.push_back(std::make_unique<Transfer>(network_));
    idle_.back()->prepare(key, std::move(request));
    if (curl_multi_add_handle(multi_.get(), idle_.back()->handle()) != CURLM_OK)
      throw std::bad_alloc();
    auto& transfer = busy_[idle_.back()->handle()];
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }

  void run(std::chrono::milliseconds wait, std::vector<Arrival>& out) {
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + wait;
    const auto before = out.size();
    while (true) {
      perform(out);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      if (woken_.exchange(false) || out.size() > before || left.count() <= 0) return;
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(left.count()), nullptr);
    }
  }

  void wake() {
    woken_ = true;
    curl_multi_wakeup(multi_.get());
  }

  std::size_t under_way() const { return busy_.size(); }

 private:
  struct Ends {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  void perform(std::vector<Arrival>& out) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto code = message->data.result;
      auto* handle = message->easy_handle;
      curl_multi_remove_handle(multi_.get(), handle);
      out.push_back(put_back(handle)->finish(code));
    }
  }

  Transfer* put_back(CURL* handle) {
    auto place = busy_.extract(handle);
    idle_.push_back(std::move(place.mapped()));
    return idle_.back().get();
  }

  const NetworkRecipe& network_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> busy_;
  std::atomic<bool> woken_ = false;
  std::unique_ptr<CURLM, Ends> multi_;  // ends before the transfers do
};

Transport::Transport(const NetworkRecipe& network) : engine_(std::make_unique<Engine>(network)) {}
Transport::~Transport() = default;

void Transport::begin(std::uint64_t key, Request request) {
  engine_->begin(key, std::move(request));
}
void Transport::run(std::chrono::milliseconds wait, std::vector<Arrival>& out) {
  engine_->run(wait, out);
}
void Transport::wake() { engine_->wake(); }
std::size_t Transport::under_way() const { return engine_->under_way(); }

}  // namespace wakestream::emitters
