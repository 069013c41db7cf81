#include "app/checkpoint/checkpoint_command.h"

#include <fmt/format.h>

#include "app/checkpoint/checkpoint_text.h"
#include "app/checkpoint/pipeline_access.h"
#include "app/commands.h"
#include "app/give_command.h"
#include "app/output.h"

namespace wakestream::app {

using Action = CheckpointOptions::Action;

namespace {

std::string given_as(const CheckpointOptions& options) {
  switch (options.action) {
    case Action::set:
      return "checkpoint set --lsn " + options.lsn;
    case Action::epoch:
      return "checkpoint epoch";
    case Action::adopt_slot:
      return "checkpoint adopt-slot";
    case Action::show:
      break;
  }
  return "checkpoint show";
}

std::string_view name_of(Action action) {
  using capture::Command;
  return action == Action::set     ? Command::checkpoint_set
         : action == Action::epoch ? Command::checkpoint_epoch
                                   : Command::checkpoint_adopt_slot;
}

tl::unexpected<AccessRefusal> not_the_way(std::string reason) {
  return tl::make_unexpected(AccessRefusal{exit_problem, "checkpoint_refused", std::move(reason)});
}

Access<capture::Change> plan(const CheckpointOptions& options, PipelineAccess& access,
                             const capture::Situation& found) {
  const auto& settings = access.settings();
  capture::ChangeResult change = tl::make_unexpected(std::string{});
  if (options.action == Action::set) {
    const auto lsn = cdc::parse_lsn(options.lsn);
    if (!lsn) return not_the_way("--lsn is a position in the log as PostgreSQL prints it: 0/1A2B");
    change = capture::set_position(settings, found, *lsn);
  } else if (options.action == Action::epoch) {
    change = capture::raise_epoch(settings, found);
  } else {
    std::optional<capture::NewestEvent> newest;
    if (!found.log.checkpoint && found.log.events_exist) {
      auto looked = access.newest_event();
      if (!looked) return tl::make_unexpected(looked.error());
      newest = *looked;
    }
    change = capture::adopt_slot(settings, found, newest);
  }
  if (!change) return not_the_way(change.error());
  return std::move(*change);
}

ChangeView view_of(const CheckpointOptions& options, const capture::Settings& settings,
                   capture::Situation found, capture::Change change) {
  ChangeView view;
  view.command = given_as(options);
  auto& decision = view.decision;
  const auto signature = sign_as_operator();
  decision.id = signature.id;
  decision.command = name_of(options.action);
  decision.who = signature.who;
  decision.why = options.why;
  decision.done = true;
  decision.at = change.checkpoint.read_through;
  decision.rules_hash = decision.rules_hash_before = change.checkpoint.rules_hash;
  decision.rules_since = change.checkpoint.rules_since;
  decision.decided_by = to_string(settings.incarnation);
  decision.decided_at_ms = change.checkpoint.written_at_ms = signature.at_ms;
  decision.checkpoint_before = found.log.checkpoint;
  decision.checkpoint_after = change.checkpoint;
  decision.consequences = std::move(change.consequences);
  found.log.checkpoint = std::move(change.checkpoint);
  view.start = capture::preview_start(settings, found);
  return view;
}

Access<ChangeView> change(const Config& config, const CheckpointOptions& options) {
  auto access = PipelineAccess::open(config, {options.yes, options.action == Action::adopt_slot});
  if (!access) return tl::make_unexpected(access.error());
  auto found = (*access)->look(log::Settled::as_it_is);
  if (!found) return tl::make_unexpected(found.error());
  if (auto taken = (*access)->take_lease(*found); !taken) return tl::make_unexpected(taken.error());
  if (options.yes) {
    // What was found before could still be changed by an older writer.
    if (auto taken = (*access)->take_writer(); !taken) return tl::make_unexpected(taken.error());
    found = (*access)->look(log::Settled::required);
    if (!found) return tl::make_unexpected(found.error());
  }
  auto planned = plan(options, **access, *found);
  if (!planned) return tl::make_unexpected(planned.error());
  auto view = view_of(options, (*access)->settings(), std::move(*found), std::move(*planned));
  if (!options.yes) return view;
  if (auto written = (*access)->write(*view.decision.checkpoint_after, view.decision); !written)
    return tl::make_unexpected(written.error());
  view.done = true;
  return view;
}

Access<CheckpointView> show(const Config& config) {
  auto access = PipelineAccess::open(config, {});
  if (!access) return tl::make_unexpected(access.error());
  auto found = (*access)->look(log::Settled::as_it_is);
  if (!found) return tl::make_unexpected(found.error());
  CheckpointView view;
  view.start = capture::preview_start((*access)->settings(), *found);
  view.situation = std::move(*found);
  view.lease_holder = (*access)->lease_holder();
  return view;
}

int refuse(Logger& logger, const AccessRefusal& refusal) {
  logger.error(refusal.event, refusal.message);
  return refusal.exit_code;
}

void print(const std::string& text) {
  Output output;
  output.line() += text;
}

}  // namespace

int checkpoint_command(const Config& config, const CheckpointOptions& options, Logger& logger) {
  if (options.action == Action::show) {
    const auto view = show(config);
    if (!view) return refuse(logger, view.error());
    print(options.json ? show_json(*view) : show_text(*view, config.source.slot_name));
    return view->start.refusal.empty() ? exit_done : exit_problem;
  }
  const auto view = change(config, options);
  if (!view) return refuse(logger, view.error());
  print(options.json ? change_json(*view) : change_text(*view));
  return exit_done;
}

}  // namespace wakestream::app
