#include "app/preview/past_events.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/commands.h"
#include "app/load_rules.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/stop_signal.h"
#include "mapping/rule.h"

namespace wakestream::preview {

namespace {

struct Past {
  std::uint64_t count = 0;
  std::string first, last;  // times
  std::set<std::string> fields;
};

void note(const log::StoredRecord& record, std::map<std::string, Past>& by_type) {
  auto& past = by_type[std::string(log::header_of(record, "ce_type"))];
  const std::string time(log::header_of(record, "ce_time"));
  if (past.count++ == 0) past.first = time;
  past.last = time;
  rapidjson::Document payload;
  payload.Parse<rapidjson::kParseIterativeFlag>(record.value.data(), record.value.size());
  if (payload.HasParseError() || !payload.IsObject()) return;
  for (const auto& member : payload.GetObject())
    past.fields.emplace(member.name.GetString(), member.name.GetStringLength());
}

std::string joined(const std::set<std::string>& names, const std::set<std::string>& without) {
  std::string text;
  for (const auto& name : names)
    if (!without.contains(name)) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string compared(const Past& past, const std::set<std::string>* fields) {
  if (fields == nullptr) return "no rule has this type now";
  const auto gone = joined(past.fields, *fields);
  const auto added = joined(*fields, past.fields);
  if (gone.empty() && added.empty()) return "the same fields";
  return (gone.empty() ? "" : "without " + gone) + (gone.empty() || added.empty() ? "" : ", ") +
         (added.empty() ? "" : "with " + added);
}

void print(const mapping::RuleSet& rules, const std::map<std::string, Past>& by_type,
           app::Output& output) {
  std::map<std::string, std::set<std::string>> fields;
  for (const auto& rule : rules.rules())
    for (const auto& field : rule.fields) fields[rule.type].insert(field.name);
  for (const auto& [type, past] : by_type) {
    const auto rule = fields.find(type);
    output.line() +=
        fmt::format("{:<36} {:>9} events, {} to {}; now: {}", type, past.count, past.first,
                    past.last, compared(past, rule == fields.end() ? nullptr : &rule->second));
    output.end_line();
  }
  for (const auto& [type, names] : fields) {
    if (by_type.contains(type)) continue;
    output.line() += fmt::format("{:<36} {:>9} events; a rule has this type now", type, 0);
    output.end_line();
  }
}

}  // namespace

int show_past_events(const app::Config& config, const PreviewOptions& options,
                     app::Logger& logger) {
  auto with_rules = config;
  if (!options.rules.empty()) with_rules.rules = options.rules;
  const auto rules = app::load_rules(with_rules, logger);
  if (!rules) return app::exit_problem;
  auto event_log = app::open_log(config);
  if (!event_log) return app::say_log_failure(logger, "log_invalid", event_log.error());
  auto reader =
      (*event_log)
          ->open_reader("wakestream." + config.pipeline + ".events", log::ReadFrom::earliest);
  const auto fail = [&](const log::Error& error) {
    return app::say_log_failure(logger, "topic_unreadable", error);
  };
  if (!reader) return fail(reader.error());
  const app::StopSignal stop;
  std::map<std::string, Past> by_type;
  std::uint64_t count = 0;
  bool done = false;
  while (!done && !stop.requested()) {
    auto batch = (*reader)->poll(1'000, log::Milliseconds(100));
    if (!batch) return fail(batch.error());
    for (const auto& record : batch->records) {
      note(record, by_type);
      done = options.limit && ++count >= *options.limit;
      if (done) break;
    }
    done = done || (batch->records.empty() && (*reader)->at_end());
  }
  app::Output output(options.discard);
  print(*rules, by_type, output);
  return app::exit_done;
}

}  // namespace wakestream::preview
