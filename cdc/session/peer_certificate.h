// The certificate that a server shows when a connection is encrypted: what can be said of it to a
// person. libpq says of a certificate that it refuses no more than "certificate verify failed".
//
// Source: OpenSSL documentation, "X509_get_notBefore", "X509_NAME_print_ex"; PostgreSQL
// documentation, "libpq: PQsslStruct", "SSL Support".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cdc/error.h"
#include "cdc/session/replication_session.h"

struct pg_conn;  // libpq's PGconn

namespace wakestream::cdc {

struct PeerCertificate {
  std::string subject;             // "CN=db.example,O=Example"
  std::string issuer;              // who signed it
  std::vector<std::string> names;  // the host names and addresses that it is for
  std::int64_t not_before_s = 0;   // since the Unix epoch
  std::int64_t not_after_s = 0;

  bool self_signed() const { return subject == issuer; }
};

// Of a connection that is encrypted; nothing of one that is not.
std::optional<PeerCertificate> peer_certificate(pg_conn* connection);

// Asks the server for its certificate and believes nothing: the connection is closed behind the TLS
// handshake, before a name or a password is sent.
Result<PeerCertificate> look_at_certificate(const SessionOptions& options);

}  // namespace wakestream::cdc
