// A receiver that is not the bottleneck: keep-alive, one thread, epoll. Answers every request with
// 204 and forgets its body, but for the event's time: GET /sums says how many requests each path
// got, and how long after that time they came.
//
//   http_sink PORT
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

namespace {

using Clock = std::chrono::system_clock;

struct Tally {
  std::uint64_t count = 0;
  std::vector<double> delays_ms;
};

// "timestamp":"2026-07-01T12:00:00.000000Z"
double unix_ms(std::string_view body) {
  constexpr std::string_view name = "\"timestamp\":\"";
  const auto begin = body.find(name);
  if (begin == std::string_view::npos || body.size() < begin + name.size() + 27) return 0;
  const std::string text(body.substr(begin + name.size(), 27));
  std::tm broken{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &broken);
  if (rest == nullptr) return 0;
  return static_cast<double>(timegm(&broken)) * 1e3 + std::strtod(rest, nullptr) * 1e3;
}

std::size_t content_length(std::string_view head) {
  for (const auto* name : {"Content-Length: ", "content-length: "}) {
    const auto at = head.find(name);
    if (at == std::string_view::npos) continue;
    std::size_t length = 0;
    const auto digits = head.substr(at + std::string_view(name).size());
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
    return length;
  }
  return 0;
}

class Sink {
 public:
  explicit Sink(std::uint16_t port)
      : poll_(epoll_create1(0)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 1024) != 0) {
      std::cerr << "http_sink: cannot listen\n";
      std::exit(1);
    }
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::vector<epoll_event> events(256);
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int at = 0; at < count; ++at) {
        const int fd = events[static_cast<std::size_t>(at)].data.fd;
        if (fd == listener_)
          watch(accept(listener_, nullptr, nullptr));
        else
          read(fd);
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event);
  }

  void read(int fd) {
    char buffer[1 << 16];
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) {
      close(fd);
      waiting_.erase(fd);
      return;
    }
    auto& text = waiting_[fd];
    text.append(buffer, static_cast<std::size_t>(got));
    std::string answers;
    while (const auto used = take(text, answers)) text.erase(0, used);
    if (!answers.empty() && write(fd, answers.data(), answers.size()) < 0) close(fd);
  }

  // Of one whole request its length; 0 when there is none.
  std::size_t take(std::string_view text, std::string& answers) {
    const auto head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return 0;
    const auto head = text.substr(0, head_end);
    const auto end = head_end + 4 + content_length(head);
    if (text.size() < end) return 0;
    const auto path_begin = head.find(' ') + 1;
    const std::string path(head.substr(path_begin, head.find(' ', path_begin) - path_begin));
    if (path == "/sums") {
      const auto sums = say_sums();
      answers += fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", sums.size(), sums);
      return end;
    }
    auto& tally = tallies_[path];
    ++tally.count;
    const auto now =
        std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
    if (const auto then = unix_ms(text.substr(head_end, end - head_end)); then > 0)
      tally.delays_ms.push_back(now - then);
    answers += path.starts_with("/refuse") ? "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                                           : "HTTP/1.1 204 No Content\r\n\r\n";
    return end;
  }

  // Since it was asked last.
  std::string say_sums() {
    std::string sums = "{";
    for (auto& [path, tally] : tallies_) {
      std::sort(tally.delays_ms.begin(), tally.delays_ms.end());
      const auto at = [&](double share) {
        if (tally.delays_ms.empty()) return 0.0;
        const auto place =
            static_cast<std::size_t>(share * static_cast<double>(tally.delays_ms.size()));
        return tally.delays_ms[std::min(place, tally.delays_ms.size() - 1)];
      };
      sums += fmt::format("{}\"{}\":{{\"count\":{},\"p50_ms\":{:.2f},\"p99_ms\":{:.2f}}}",
                          sums.size() > 1 ? "," : "", path, tally.count, at(0.5), at(0.99));
    }
    tallies_.clear();
    return sums + "}";
  }

  int poll_;
  int listener_;
  std::unordered_map<int, std::string> waiting_;
  std::map<std::string, Tally> tallies_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "http_sink PORT\n";
    return 2;
  }
  Sink(static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10))).run();
}
