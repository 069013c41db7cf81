#include "app/check/check_tls.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace wakestream::check {

namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t days_left_min = 14;
constexpr std::string_view system_authorities = "/etc/ssl/certs/ca-certificates.crt";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string day_of(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string root_file(const cdc::ConninfoFacts& target) {
  return target.sslrootcert.empty() ? "~/.postgresql/root.crt" : target.sslrootcert;
}

std::vector<Mend> name_the_authority(const cdc::ConninfoFacts& target) {
  if (target.host.ends_with(".rds.amazonaws.com"))
    return {command("curl -o rds-ca.pem "
                    "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"),
            advice("and let sslrootcert in source.url name that file")};
  return {advice("let sslrootcert in source.url name the file with the certificate of the "
                 "authority that signed the server's"),
          advice(fmt::format("where that is one that this machine trusts anyway: sslrootcert={}",
                             system_authorities))};
}

void not_spoken(const cdc::ConninfoFacts& target, const std::string& where, Findings& findings) {
  std::vector<Mend> mends{
      advice(fmt::format("at the server: put a certificate for {} and its key into the data folder "
                         "as server.crt and server.key, then: ALTER SYSTEM SET ssl = on; SELECT "
                         "pg_reload_conf();",
                         target.host))};
  if (target.to_this_machine())
    mends.push_back(
        advice("or take sslmode out of source.url: the connection does not leave this machine"));
  findings.add(
      "tls_refused", where,
      fmt::format("the server does not speak TLS, and sslmode={} asks for it", target.sslmode),
      std::move(mends));
}

std::string names_of(const cdc::PeerCertificate& certificate) {
  std::string names;
  for (const auto& name : certificate.names)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names.empty() ? certificate.subject : names;
}

void wrong_host(const CheckFacts& facts, const std::string& where, Findings& findings) {
  const auto& shown = *facts.refused_certificate;
  const auto first = shown.names.empty() ? std::string() : shown.names.front();
  const auto name = first.starts_with("*.") ? std::string() : first;
  findings.add(
      "tls_wrong_host", where,
      fmt::format("the server's certificate is for {}, and source.url names {}", names_of(shown),
                  facts.target->host),
      {advice(name.empty() ? "name the server in source.url as its certificate does"
                           : fmt::format("name the server in source.url as its certificate does: "
                                         "{} (hostaddr= keeps the address, where that name does "
                                         "not resolve)",
                                         name)),
       advice(fmt::format("or let the server have a certificate for {}", facts.target->host))});
}

void not_verified(const CheckFacts& facts, const std::string& where, Findings& findings) {
  const auto& shown = *facts.refused_certificate;
  const auto& target = *facts.target;
  if (facts.refused_at_s > shown.not_after_s || facts.refused_at_s < shown.not_before_s) {
    const bool ended = facts.refused_at_s > shown.not_after_s;
    findings.add("tls_expired", where,
                 ended ? fmt::format("the server's certificate was valid until {}",
                                     day_of(shown.not_after_s))
                       : fmt::format("the server's certificate is valid from {} on",
                                     day_of(shown.not_before_s)),
                 {advice(ended ? "at the server: renew the certificate (ssl_cert_file), then: "
                                 "SELECT pg_reload_conf();"
                               : "set this machine's clock, or the certificate's begin")});
    return;
  }
  findings.add("tls_unknown_issuer", where,
               shown.self_signed()
                   ? fmt::format("the server's certificate is signed by itself ({}), and {} does "
                                 "not hold it",
                                 shown.subject, root_file(target))
                   : fmt::format("the server's certificate is signed by {}, and {} does not hold "
                                 "that authority",
                                 shown.issuer, root_file(target)),
               name_the_authority(target));
}

}  // namespace

bool certificate_was_refused(std::string_view said) {
  return contains(said, "certificate verify failed") || contains(said, "does not match host name");
}

bool judge_tls(const CheckFacts& facts, const std::string& said, const std::string& where,
               Findings& findings) {
  const auto& target = *facts.target;
  if (contains(said, "does not support SSL")) {
    not_spoken(target, where, findings);
  } else if (contains(said, "root certificate file")) {
    findings.add("tls_root_missing", where,
                 fmt::format("sslmode={} checks who the server is, and {} cannot be read",
                             target.sslmode, root_file(target)),
                 name_the_authority(target));
  } else if (facts.refused_certificate && contains(said, "does not match host name")) {
    wrong_host(facts, where, findings);
  } else if (facts.refused_certificate) {
    not_verified(facts, where, findings);
  } else if (contains(said, "client certificate") ||
             contains(said, "certificate authentication failed")) {
    findings.add("tls_client_certificate", where,
                 fmt::format("the server wants a certificate of role {}", target.user),
                 {advice("add sslcert= and sslkey= to source.url: a certificate whose common name "
                         "is the role, signed by an authority of the server's ssl_ca_file")});
  } else if (!contains(said, "password") &&
             (contains(said, "SSL") || contains(said, "certificate"))) {
    findings.add("tls_refused", where, said,
                 {advice("mend sslmode, sslrootcert, sslcert and sslkey in source.url, or ssl at "
                         "the server")});
  } else {
    return false;
  }
  return true;
}

void check_tls(const CheckFacts& facts, Findings& findings) {
  const auto& target = *facts.target;
  const auto& server = facts.catalog->server;
  const auto where = fmt::format("{}:{}", target.host, target.port);
  const bool verified = target.sslmode == "verify-full" || target.sslmode == "verify-ca";
  if (verified && server.certificate) {
    const auto days = (server.certificate->not_after_s - server.our_clock_us / 1'000'000) / day_s;
    if (days < days_left_min)
      findings.add("tls_certificate_ends", where,
                   fmt::format("the server's certificate is valid until {}, and then nobody can "
                               "connect",
                               day_of(server.certificate->not_after_s)),
                   {advice("at the server: renew the certificate (ssl_cert_file), then: SELECT "
                           "pg_reload_conf();")});
  }
  if (target.to_this_machine() || verified) return;
  const auto verify = advice(
      fmt::format("add sslmode=verify-full and sslrootcert={} to source.url (or the file of the "
                  "authority that signed the server's certificate)",
                  system_authorities));
  if (!server.connection_encrypted) {
    findings.add("tls_off", where,
                 "the connection is not encrypted: personal data and the password's proof cross "
                 "the network in clear",
                 {advice("at the server: ssl = on, with a certificate for this host"), verify});
  } else {
    findings.add("tls_unverified", where,
                 fmt::format("the connection is encrypted, and sslmode={} does not ask who the "
                             "server is",
                             target.sslmode),
                 {verify});
  }
}

}  // namespace wakestream::check
