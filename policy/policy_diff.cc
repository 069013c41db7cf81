#include "policy/policy_diff.h"

#include <map>
#include <tuple>

namespace wakestream::policy {

namespace {

std::set<std::string> either(const std::vector<std::string>& left,
                             const std::vector<std::string>& right) {
  std::set<std::string> all(left.begin(), left.end());
  all.insert(right.begin(), right.end());
  return all;
}

// One policy, asked by names: those of the other one too.
class AskedPolicy {
 public:
  AskedPolicy(const Policy& policy, const EventShapes& shapes) : policy_(policy), shapes_(shapes) {}

  std::vector<Action> shown(const std::string& consumer, const std::string& event,
                            const std::string& banner, const std::string& place,
                            ConsentState consent, std::chrono::sys_seconds at) const {
    const auto& shape = shapes_.by_type.find(event)->second;
    auto facts = policy_.facts(&shape, {banner, place, std::nullopt, at});
    facts.consent.fill(consent);
    const auto verdict = policy_.judge(facts, policy_.consumer(consumer), shape);
    std::vector<Action> actions(shape.fields.size(), Action::withhold);
    for (std::size_t field = 0; field < verdict.fields.size(); ++field)
      actions[field] = verdict.fields[field].action;
    return actions;
  }

 private:
  const Policy& policy_;
  const EventShapes& shapes_;
};

}  // namespace

std::vector<PolicyChange> diff(const Policy& before, const EventShapes& shapes_before,
                               const Policy& after, const EventShapes& shapes_after,
                               std::chrono::sys_seconds at) {
  const auto& left = before.definition();
  const auto& right = after.definition();
  const AskedPolicy old_side(before, shapes_before);
  const AskedPolicy new_side(after, shapes_after);
  const auto places =
      either(left.jurisdictions.codes().names(), right.jurisdictions.codes().names());
  const auto banners = either(left.banners.names(), right.banners.names());
  std::map<std::tuple<std::string, std::string, std::size_t, Action, Action>, PolicyChange> found;
  for (const auto& consumer : either(left.consumer_names.names(), right.consumer_names.names()))
    for (const auto& [event, shape] : shapes_before.by_type)
      for (const auto& banner : banners)
        for (const auto& place : places)
          for (const auto consent : {ConsentState::granted, ConsentState::not_asked,
                                     ConsentState::denied, ConsentState::unknown}) {
            const auto was = old_side.shown(consumer, event, banner, place, consent, at);
            const auto is = new_side.shown(consumer, event, banner, place, consent, at);
            for (std::size_t field = 0; field < was.size(); ++field) {
              if (was[field] == is[field]) continue;
              auto& change = found[{consumer, event, field, was[field], is[field]}];
              change.consumer = consumer;
              change.event = event;
              change.field = shape.fields[field].name;
              change.before = was[field];
              change.after = is[field];
              change.banners.insert(banner);
              change.jurisdictions.insert(place);
              change.consents.insert(consent);
            }
          }
  std::vector<PolicyChange> changes;
  changes.reserve(found.size());
  for (auto& [key, change] : found) changes.push_back(std::move(change));
  return changes;
}

}  // namespace wakestream::policy
