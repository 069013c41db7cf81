// What a connection string says, for people: whom it connects as, and where. Never its password.
//
// Source: PostgreSQL documentation, "Connection Strings", "Parameter Key Words", "Environment
// Variables".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cdc/error.h"

namespace wakestream::cdc {

// Key words and values, each key word once.
class ConninfoParameters {
 public:
  // The key words that a connection string or URI gives; an error that does not quote it when it is
  // neither.
  static Result<ConninfoParameters> parse(const std::string& conninfo);

  void set(const std::string& name, const std::string& value);
  std::string get(const std::string& name) const;  // empty when it is not there
  const std::vector<std::pair<std::string, std::string>>& all() const { return entries_; }
  std::string text() const;  // as a connection string
  // Of several hosts each alone, in the order in which they are to be tried: with the target
  // session attribute prefer-standby all as standbys, then all as what they are.
  std::vector<ConninfoParameters> of_each_host() const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct ConninfoFacts {
  std::string host;  // a name, an address, or the folder of a socket; empty: libpq's default socket
  std::string port;
  std::string database;
  std::string user;
  std::string sslmode;
  std::string sslrootcert;      // empty: libpq's default, ~/.postgresql/root.crt
  bool holds_password = false;  // in the string itself

  bool through_socket() const { return host.empty() || host.starts_with('/'); }
  bool to_this_machine() const {
    return through_socket() || host == "localhost" || host == "::1" || host.starts_with("127.");
  }
};

// With libpq's defaults and the environment's (PGHOST, PGUSER ...) filled in.
Result<ConninfoFacts> describe_conninfo(const std::string& conninfo);

}  // namespace wakestream::cdc
