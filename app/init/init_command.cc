#include "app/init/init_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/check/sql_names.h"
#include "app/commands.h"
#include "app/init/questions.h"
#include "cdc/catalog/read_catalog.h"

namespace wakestream::init {

namespace {

constexpr std::chrono::milliseconds deadline{30'000};  // a large catalogue takes its time
constexpr std::size_t slot_name_max = 63;

struct File {
  std::filesystem::path path;
  std::string text;
  bool exists = false;
  bool same = false;
};

File look_at(const std::filesystem::path& path, std::string text) {
  File file{path, std::move(text)};
  std::ifstream found(path, std::ios::binary);
  if (!found) return file;
  file.exists = true;
  std::stringstream content;
  content << found.rdbuf();
  file.same = content.str() == file.text;
  return file;
}

// What stays is told apart from what is written: nothing is overwritten unless asked for, and then
// all or nothing.
int write_files(const std::vector<File>& files, bool force, app::Logger& logger) {
  bool refused = false;
  for (const auto& file : files) {
    if (!file.exists || file.same || force) continue;
    refused = true;
    logger.error("file_exists",
                 fmt::format("{} is there and differs from what would be written; nothing was "
                             "written. Choose another --dir, or --force to overwrite it",
                             file.path.string()));
  }
  if (refused) return app::exit_problem;
  for (const auto& file : files) {
    if (file.same) {
      std::cout << fmt::format("unchanged {}\n", file.path.string());
      continue;
    }
    std::error_code ignored;
    if (file.path.has_parent_path())
      std::filesystem::create_directories(file.path.parent_path(), ignored);
    std::ofstream out(file.path, std::ios::binary | std::ios::trunc);
    out << file.text;
    out.close();
    if (!out) {
      logger.error("file_unwritable", fmt::format("{} cannot be written", file.path.string()));
      return app::exit_problem;
    }
    std::cout << fmt::format("wrote {}\n", file.path.string());
  }
  return app::exit_done;
}

void show(const Proposal& proposal, const Naming& naming, const RulesText& rules) {
  const auto line = [](std::string_view what, const std::string& value) {
    std::cout << fmt::format("  {:<14}{}\n", what, value);
  };
  line("account table", check::shown(proposal.account->name));
  line("key", proposal.key);
  line("banner", proposal.banner.value_or(fmt::format("'{}'", naming.banner_literal)));
  line("parent", proposal.parent.value_or("none"));
  line("jurisdiction",
       proposal.jurisdiction.value_or(fmt::format("'{}'", naming.jurisdiction_literal)));
  line("consent", proposal.consent.value_or("none: unknown"));
  for (const auto& attached : proposal.attached)
    line("hangs on it",
         fmt::format("{} by {}{}", check::shown(attached.table->name), attached.account_column,
                     attached.by_foreign_key ? "" : " (by its name)"));
  line("rules",
       fmt::format("{}{}", rules.rule_count,
                   rules.left_out == 0
                       ? ""
                       : fmt::format(", and {} left out (rules.sql says why)", rules.left_out)));
}

void show_next_steps(const InitOptions& options, const cdc::ConninfoFacts& target) {
  const bool here = options.folder == ".";
  const auto path = [&](const std::string& file) {
    return here ? file : (std::filesystem::path(options.folder) / file).string();
  };
  const auto config = here ? std::string() : " -c " + path("wakestream.yaml");
  std::cout << fmt::format(
      "\nNext:\n"
      "  psql -d {} -f {}   as an administrator: role, replica identity, publication\n"
      "  wakestream check{}\n"
      "  wakestream preview{}   what the rules emit, while somebody changes a row\n"
      "  wakestream run{}\n",
      target.database, path("prepare.sql"), config, config, config);
}

Naming complete(Naming naming, const cdc::Catalog& catalog) {
  const auto database = plain_name(catalog.server.database, "pipeline");
  naming.family = plain_name(naming.family, "customer");
  if (naming.pipeline.empty()) naming.pipeline = database;
  if (naming.banner_literal.empty()) naming.banner_literal = database;
  if (naming.slot.empty())
    naming.slot =
        ("wakestream_" + plain_name(naming.pipeline, "pipeline")).substr(0, slot_name_max);
  return naming;
}

}  // namespace

int init_command(const InitOptions& options, app::Logger& logger) {
  const auto target = cdc::describe_conninfo(options.url);
  if (!target) {
    logger.error("url_invalid", "--url is not a libpq connection string or URI");
    return app::exit_problem;
  }
  cdc::SessionOptions session;
  session.conninfo = options.url;
  session.application_name = "wakestream init";
  session.timeout = deadline;
  cdc::CatalogRequest request;
  request.publication = options.naming.publication;
  request.all_tables = true;
  const auto catalog = cdc::read_catalog(session, request);
  if (!catalog) {
    logger.error("postgres", catalog.error().message);
    return catalog.error().kind == cdc::ErrorKind::connection_failed ? app::exit_try_again
                                                                     : app::exit_problem;
  }
  auto choices = options.choices;
  if (!options.yes && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0) {
    auto answered = ask(*catalog, std::move(choices), std::cin, std::cout);
    if (!answered) {
      logger.error("init", answered.error());
      return app::exit_problem;
    }
    choices = std::move(*answered);
  }
  const auto proposal = propose(*catalog, choices);
  if (!proposal) {
    logger.error("init", proposal.error());
    return app::exit_problem;
  }
  const auto naming = complete(options.naming, *catalog);
  const auto rules = rules_text(*proposal, naming);
  show(*proposal, naming, rules);
  const std::filesystem::path folder(options.folder);
  const auto place = [&](const char* name) {
    return options.folder == "." ? std::filesystem::path(name) : folder / name;
  };
  const int code =
      write_files({look_at(place("wakestream.yaml"), config_text(*target, naming)),
                   look_at(place("rules.sql"), rules.text),
                   look_at(place("prepare.sql"), prepare_text(*catalog, *proposal, rules, naming))},
                  options.force, logger);
  if (code == app::exit_done) show_next_steps(options, *target);
  return code;
}

}  // namespace wakestream::init
