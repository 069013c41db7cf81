// A Kafka broker of one test program's own, by scripts/kafka: started in the constructor, gone with
// its data in the destructor. What goes wrong on the way is an exception with what the script said.
#pragma once

#include <string>
#include <vector>

namespace wakestream::test {

struct KafkaBrokerOptions {
  // key=value lines of the broker's server.properties.
  std::vector<std::string> settings{};
  // Listeners over TLS that want a password or a certificate, and ACLs: see scripts/kafka,
  // --secure-ports. The ordinary listener lets everybody do everything, as always.
  bool secure = false;
};

class KafkaBroker {
 public:
  explicit KafkaBroker(const KafkaBrokerOptions& options = {});
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  // For bootstrap.servers; the same after a restart.
  const std::string& address() const { return address_; }

  // Of the listeners that want a password or a certificate, by the name that their certificate is
  // for; empty when there are none.
  const std::string& password_address() const { return password_address_; }
  const std::string& certificate_address() const { return certificate_address_; }
  // The file of that name which scripts/kafka made.
  std::string tls_file(const std::string& name) const { return dir_ + "/tls/" + name; }

  // SIGKILL; returns when it is gone. The data stays.
  void kill();
  // After kill: returns when it answers again.
  void start();
  // SIGSTOP and SIGCONT: a broker that keeps its connections and says nothing.
  void freeze();
  void thaw();

 private:
  void signal(int number) const;

  std::string dir_;
  std::string address_;
  std::string password_address_;
  std::string certificate_address_;
};

}  // namespace wakestream::test
