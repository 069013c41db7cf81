#include "app/check/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/output.h"
#include "mapping/sql_name.h"

namespace wakestream::check {

namespace {

std::string in_words(const Mend& mend) {
  const std::string_view where = mend.at_primary ? "at the primary: " : "";
  switch (mend.kind) {
    case Mend::Kind::sql:
    case Mend::Kind::command:
      return fmt::format("{}{}", where, mend.text);
    case Mend::Kind::restart:
      return fmt::format("{}restart PostgreSQL ({} takes effect only then)", where, mend.text);
    case Mend::Kind::advice:
      return mend.text;
    case Mend::Kind::edit:
      if (mend.line == 0) return fmt::format("{}: add the line: {}", mend.file, mend.new_text);
      if (mend.old_text.empty())
        return fmt::format("{}:{}: add: {}", mend.file, mend.line,
                           mend.new_text.substr(0, mend.new_text.find_last_not_of(" \n,") + 1));
      return fmt::format("{}:{}:{}: write {} for {}", mend.file, mend.line, mend.column,
                         mend.new_text, mend.old_text);
  }
  return mend.text;
}

std::string_view name_of(Mend::Kind kind) {
  switch (kind) {
    case Mend::Kind::sql:
      return "sql";
    case Mend::Kind::command:
      return "command";
    case Mend::Kind::edit:
      return "edit";
    case Mend::Kind::restart:
      return "restart";
    case Mend::Kind::advice:
      return "advice";
  }
  return "advice";
}

std::string what_was_checked(const CheckFacts& facts) {
  std::string text = facts.config ? facts.config->pipeline : facts.config_file.path;
  if (facts.target)
    text += fmt::format(" at {}:{}/{}", facts.target->host.empty() ? "socket" : facts.target->host,
                        facts.target->port, facts.target->database);
  if (facts.catalog) text += fmt::format(", PostgreSQL {}", facts.catalog->server.version);
  return text;
}

std::string sums(const Findings& findings) {
  const auto part = [&](Severity severity) {
    const auto count = findings.count(severity);
    return fmt::format("{} {}{}", count, check::name_of(severity), count == 1 ? "" : "s");
  };
  return fmt::format("{}, {}, {}", part(Severity::error), part(Severity::warning),
                     part(Severity::note));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += fmt::format(",\"{}\":", name);
  app::append_json_string(out, value);
}

void append_mend(std::string& out, const Mend& mend) {
  out += fmt::format("{{\"kind\":\"{}\"", name_of(mend.kind));
  if (mend.kind == Mend::Kind::edit) {
    append_field(out, "file", mend.file);
    out += fmt::format(",\"line\":{},\"column\":{}", mend.line, mend.column);
    append_field(out, "old", mend.old_text);
    append_field(out, "new", mend.new_text);
  } else {
    append_field(out, "text", mend.text);
  }
  if (mend.at_primary) append_field(out, "at", "primary");
  out += '}';
}

// A comment may be followed by a statement: no line of it may escape.
void append_comment(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += fmt::format("-- {}\n", text.substr(at, end - at));
    at = end + 1;
  }
}

// On a standby the script is one for two servers, and each does its part of it.
class Script {
 public:
  Script(std::string& out, bool of_standby) : out_(out), of_standby_(of_standby) {
    if (!of_standby_) return;
    append_comment(out_, "This is a standby. Run the script at its primary first, then here.");
    out_ +=
        "SELECT pg_is_in_recovery() AS at_standby, NOT pg_is_in_recovery() AS at_primary \\gset\n";
  }

  void add(const Finding& finding) {
    out_ += '\n';
    append_comment(out_, fmt::format("{} ({}): {}", finding.kind->id,
                                     check::name_of(finding.kind->severity), finding.reason));
    const bool note = finding.kind->severity == Severity::note;
    for (const auto& mend : finding.mends) {
      if (mend.kind == Mend::Kind::restart) {
        restarts_[mend.at_primary].insert(mend.text);
      } else if (mend.kind != Mend::Kind::sql) {
        append_comment(out_, fmt::format("{}: {}", name_of(mend.kind), in_words(mend)));
      } else if (note) {
        append_comment(out_, in_words(mend));
      } else if (mend.text == "SELECT pg_reload_conf();") {
        reload_ = true;
      } else if (done_.insert(mend.text).second) {
        add_statement(mend);
      }
    }
  }

  void finish() {
    if (reload_) out_ += "\nSELECT pg_reload_conf();\n";
    for (const bool at_primary : {true, false}) {
      std::string names;
      for (const auto& name : restarts_[at_primary]) names += (names.empty() ? "" : ", ") + name;
      if (names.empty()) continue;
      out_ += '\n';
      append_comment(out_, fmt::format("Then restart {}, for {}, and check again.",
                                       at_primary ? "the primary" : "PostgreSQL", names));
    }
  }

 private:
  void add_statement(const Mend& mend) {
    out_ += of_standby_ ? fmt::format("\\if :{}\n{}\n\\endif\n",
                                      mend.at_primary ? "at_primary" : "at_standby", mend.text)
                        : mend.text + "\n";
  }

  std::string& out_;
  bool of_standby_;
  std::set<std::string> done_;
  std::map<bool, std::set<std::string>> restarts_;  // by whether it is the primary's
  bool reload_ = false;
};

}  // namespace

std::string as_text(const CheckFacts& facts, const Findings& findings) {
  auto text = what_was_checked(facts) + "\n";
  for (const auto& finding : findings.all()) {
    text += fmt::format("\n{:<8} {}   {}\n         {}\n", check::name_of(finding.kind->severity),
                        finding.kind->id, finding.where, finding.reason);
    for (const auto& mend : finding.mends) text += fmt::format("         > {}\n", in_words(mend));
  }
  text += fmt::format("\n{}", sums(findings));
  text += findings.count(Severity::error) + findings.count(Severity::warning) > 0
              ? "; wakestream check --fix prints what mends them as one script\n"
              : "\n";
  return text;
}

std::string as_json(const CheckFacts& facts, const Findings& findings, std::int64_t milliseconds) {
  std::string out = "{\"checked\":";
  app::append_json_string(out, what_was_checked(facts));
  out += fmt::format(",\"errors\":{},\"warnings\":{},\"notes\":{},\"milliseconds\":{}",
                     findings.count(Severity::error), findings.count(Severity::warning),
                     findings.count(Severity::note), milliseconds);
  out += ",\"findings\":[";
  bool first = true;
  for (const auto& finding : findings.all()) {
    out += fmt::format("{}{{\"id\":\"{}\",\"severity\":\"{}\"", first ? "" : ",", finding.kind->id,
                       check::name_of(finding.kind->severity));
    first = false;
    append_field(out, "where", finding.where);
    append_field(out, "reason", finding.reason);
    out += ",\"mends\":[";
    for (const auto& mend : finding.mends) {
      if (&mend != &finding.mends.front()) out += ',';
      append_mend(out, mend);
    }
    out += "]}";
  }
  return out + "]}\n";
}

std::string as_script(const CheckFacts& facts, const Findings& findings) {
  std::string out;
  append_comment(out, fmt::format("What mends {}.", what_was_checked(facts)));
  append_comment(out, "Read it, then run it by psql as an administrator of the database's server.");
  out += "\\set ON_ERROR_STOP on\n";
  if (facts.target)
    out += fmt::format("\\connect {}\n", mapping::quoted_name(facts.target->database, true));
  auto ordered = findings.all();
  std::stable_sort(ordered.begin(), ordered.end(), [](const Finding& left, const Finding& right) {
    return left.kind->area < right.kind->area;
  });
  Script script(out, facts.catalog && facts.catalog->server.in_recovery);
  for (const auto& finding : ordered) script.add(finding);
  script.finish();
  return out;
}

}  // namespace wakestream::check
