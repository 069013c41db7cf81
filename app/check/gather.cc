#include "app/check/gather.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <sstream>
#include <utility>

#include "app/check/check_tls.h"
#include "app/check/gather_log.h"
#include "app/deliver_plan.h"
#include "app/load_rules.h"
#include "app/publish_plan.h"
#include "cdc/catalog/read_catalog.h"
#include "cdc/wall_time.h"
#include "mapping/rule.h"

namespace wakestream::check {

namespace {

using std::chrono::milliseconds;

FileFacts read_file(const std::string& path) {
  FileFacts facts;
  facts.path = path;
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  if (file && content << file.rdbuf()) {
    facts.readable = true;
    facts.text = content.str();
  }
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) facts.mode = found.st_mode & 07777U;
  return facts;
}

bool same(const app::ConfigProblem& one, const app::ConfigProblem& other) {
  return one.file == other.file && one.line == other.line && one.column == other.column &&
         one.message == other.message;
}

// What is wrong with the policy itself is found by both plans, and said once.
void gather_plans(CheckFacts& facts) {
  if (facts.config->publish) {
    if (auto plan = app::plan_publish(*facts.config, *facts.rules); !plan)
      facts.policy_problems = std::move(plan.error());
  }
  if (facts.config->consumers.empty()) return;
  auto plan = app::plan_deliver(*facts.config, *facts.rules);
  if (plan) return;
  for (auto& problem : plan.error()) {
    const auto& said = facts.policy_problems;
    if (std::none_of(said.begin(), said.end(), [&](const auto& one) { return same(one, problem); }))
      facts.delivery_problems.push_back(std::move(problem));
  }
}

void gather_files(const std::string& config_path, CheckFacts& facts) {
  facts.config_file = read_file(config_path);
  if (!facts.config_file.readable) return;
  auto config = app::parse_config(facts.config_file.text, config_path);
  if (!config) {
    facts.config_problems = std::move(config.error());
    return;
  }
  facts.config = std::move(*config);
  for (const auto& path : facts.config->rules) facts.rule_files.emplace(path, read_file(path));
  auto rules = app::rules_of(*facts.config);
  if (rules) {
    facts.rules = std::move(*rules);
    gather_plans(facts);
  } else {
    facts.rule_problems = std::move(rules.error());
  }
}

void gather_server(CheckFacts& facts, milliseconds deadline) {
  cdc::SessionOptions session;
  session.conninfo = facts.config->source.url.reveal();
  session.application_name = "wakestream check";
  session.timeout = deadline;
  if (auto target = cdc::describe_conninfo(session.conninfo)) facts.target = std::move(*target);
  cdc::CatalogRequest request;
  request.publication = facts.config->source.publication;
  if (facts.rules) {
    for (const auto& rule : facts.rules->rules())
      request.tables.push_back({rule.table_schema, rule.table_name});
  }
  if (const auto& context = facts.config->context)
    request.tables.push_back({context->source.table_schema, context->source.table_name});
  auto catalog = cdc::read_catalog(session, request);
  if (!catalog) {
    if (certificate_was_refused(catalog.error().message)) {
      facts.refused_at_s = cdc::wall_ms() / 1'000;
      if (auto shown = cdc::look_at_certificate(session))
        facts.refused_certificate = std::move(*shown);
    }
    facts.connect_problem = std::move(catalog.error());
    return;
  }
  facts.catalog = std::move(*catalog);
  auto replication = cdc::ReplicationSession::connect(session);
  if (!replication) {
    facts.replication_problem = std::move(replication.error());
    return;
  }
  auto identity = (*replication)->identify();
  if (identity) {
    facts.identity = std::move(*identity);
  } else {
    facts.replication_problem = std::move(identity.error());
  }
}

// A slot that standbys copy is only there after a promotion if they do.
void gather_hosts(CheckFacts& facts, milliseconds deadline) {
  const auto parameters = cdc::ConninfoParameters::parse(facts.config->source.url.reveal());
  if (!parameters || !facts.config->source.failover) return;
  auto named = *parameters;
  named.set("target_session_attrs", "any");
  const auto hosts = named.of_each_host();
  if (hosts.size() < 2) return;
  for (const auto& host : hosts) {
    HostFacts found;
    found.place = host.get(host.get("host").empty() ? "hostaddr" : "host");
    if (const auto port = host.get("port"); !port.empty()) found.place += ":" + port;
    cdc::SessionOptions session;
    session.conninfo = host.text();
    session.application_name = "wakestream check";
    session.timeout = deadline;
    auto catalog = cdc::read_catalog(session, {});
    if (catalog) {
      found.catalog = std::move(*catalog);
    } else {
      found.problem = std::move(catalog.error().message);
    }
    facts.hosts.push_back(std::move(found));
  }
}

}  // namespace

CheckFacts gather(const std::string& config_path, milliseconds deadline) {
  CheckFacts facts;
  gather_files(config_path, facts);
  if (!facts.config) return facts;
  auto log = std::async(std::launch::async, [config = *facts.config, deadline] {
    return gather_log(config, deadline);
  });
  gather_server(facts, deadline);
  if (facts.catalog) gather_hosts(facts, deadline);
  facts.log = log.get();
  return facts;
}

}  // namespace wakestream::check
