#include "cdc/session/peer_certificate.h"

#include <libpq-fe.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>

#include "cdc/session/connection.h"
#include "cdc/session/conninfo.h"

namespace wakestream::cdc {

namespace {

struct OpensslEnd {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* text) const { BIO_free_all(text); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class Thing>
using OpensslPtr = std::unique_ptr<Thing, OpensslEnd>;

std::string text_of(const X509_NAME* name) {
  const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  std::string text(static_cast<std::size_t>(BIO_pending(out.get())), '\0');
  const int got = BIO_read(out.get(), text.data(), static_cast<int>(text.size()));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

std::string bytes_of(const ASN1_STRING* text) {
  const auto* bytes = ASN1_STRING_get0_data(text);
  return {bytes, bytes + ASN1_STRING_length(text)};
}

// "10.0.0.3", or the eight groups of an IPv6 address.
std::string address_of(const ASN1_STRING* address) {
  const auto bytes = bytes_of(address);
  const auto part = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::string text;
  if (bytes.size() == 4) {
    for (std::size_t at = 0; at < 4; ++at) text += (at == 0 ? "" : ".") + std::to_string(part(at));
  } else if (bytes.size() == 16) {
    std::array<char, 6> group{};
    for (std::size_t at = 0; at < 16; at += 2) {
      std::snprintf(group.data(), group.size(), "%s%x", at == 0 ? "" : ":",
                    static_cast<unsigned>(part(at)) << 8U | part(at + 1));
      text += group.data();
    }
  }
  return text;
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const OpensslPtr<GENERAL_NAMES> list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; list && at < sk_GENERAL_NAME_num(list.get()); ++at) {
    const auto* name = sk_GENERAL_NAME_value(list.get(), at);
    if (name->type == GEN_DNS) names.push_back(bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  return names;
}

}  // namespace

std::optional<PeerCertificate> peer_certificate(pg_conn* connection) {
  const auto* tls = static_cast<const SSL*>(PQsslStruct(connection, "OpenSSL"));
  if (tls == nullptr) return std::nullopt;
  const OpensslPtr<X509> shown(SSL_get1_peer_certificate(tls));
  if (!shown) return std::nullopt;
  PeerCertificate certificate;
  certificate.subject = text_of(X509_get_subject_name(shown.get()));
  certificate.issuer = text_of(X509_get_issuer_name(shown.get()));
  certificate.names = names_of(shown.get());
  certificate.not_before_s = seconds_of(X509_get0_notBefore(shown.get()));
  certificate.not_after_s = seconds_of(X509_get0_notAfter(shown.get()));
  return certificate;
}

Result<PeerCertificate> look_at_certificate(const SessionOptions& options) {
  auto parameters = ConninfoParameters::parse(options.conninfo);
  if (!parameters) return tl::make_unexpected(parameters.error());
  parameters->set("sslmode", "require");
  // With a root certificate that exists, `require` would verify too.
  parameters->set("sslrootcert", "/dev/null/none");
  auto connection = connect_as_far_as_tls(*parameters, options);
  if (!connection) return tl::make_unexpected(connection.error());
  auto certificate = peer_certificate(connection->get());
  if (!certificate)
    return tl::make_unexpected(
        Error{ErrorKind::connection_failed, "the server shows no certificate", {}});
  return std::move(*certificate);
}

}  // namespace wakestream::cdc
