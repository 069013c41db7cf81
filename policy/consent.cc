#include "policy/consent.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>

namespace wakestream::policy {

namespace {

constexpr std::array<std::string_view, consent_state_count> state_words{
    "not_needed", "granted", "not_asked", "denied", "unknown"};

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The only member of that name; null when there is none, or more than one.
const rapidjson::Value* only_member(const rapidjson::Value& value, std::string_view name) {
  if (!value.IsObject()) return nullptr;
  const rapidjson::Value* found = nullptr;
  for (const auto& member : value.GetObject()) {
    if (std::string_view(member.name.GetString(), member.name.GetStringLength()) != name) continue;
    if (found != nullptr) return nullptr;
    found = &member.value;
  }
  return found;
}

ConsentState state_of(const rapidjson::Value& value, const ConsentWords& words) {
  if (value.IsBool()) return value.GetBool() ? ConsentState::granted : ConsentState::denied;
  if (!value.IsString()) return ConsentState::unknown;
  const std::string_view word(value.GetString(), value.GetStringLength());
  if (holds(words.denied, word)) return ConsentState::denied;
  if (holds(words.not_asked, word)) return ConsentState::not_asked;
  return holds(words.granted, word) ? ConsentState::granted : ConsentState::unknown;
}

ConsentState state_at(const rapidjson::Value& root, std::string_view path,
                      const ConsentWords& words) {
  const auto* value = &root;
  while (value != nullptr) {
    const auto dot = path.find('.');
    value = only_member(*value, path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return value == nullptr ? ConsentState::unknown : state_of(*value, words);
}

}  // namespace

std::string_view to_string(ConsentState state) {
  return state_words[static_cast<std::size_t>(state)];
}

ConsentStates read_consent(std::optional<std::string_view> json, std::span<const std::string> keys,
                           const ConsentWords& words) {
  ConsentStates states;
  states.fill(ConsentState::unknown);
  if (!json) return states;
  // What a consent usually takes lies on the stack.
  alignas(std::max_align_t) std::array<char, 4'096> values;
  alignas(std::max_align_t) std::array<char, 1'024> stack;
  rapidjson::MemoryPoolAllocator<> value_memory(values.data(), values.size());
  rapidjson::MemoryPoolAllocator<> stack_memory(stack.data(), stack.size());
  rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>,
                             rapidjson::MemoryPoolAllocator<>>
      document(&value_memory, stack.size() / 2, &stack_memory);
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      json->data(), json->size());
  if (document.HasParseError()) return states;
  for (std::size_t at = 0; at < keys.size() && at < states.size(); ++at)
    states[at] = state_at(document, keys[at], words);
  return states;
}

ConsentStates narrower(const ConsentStates& left, const ConsentStates& right) {
  ConsentStates both;
  for (std::size_t at = 0; at < both.size(); ++at) both[at] = std::max(left[at], right[at]);
  return both;
}

ConsentState consent_for(std::span<const NameId> keys, const ConsentStates& states) {
  auto narrowest = ConsentState::not_needed;
  for (const auto key : keys) narrowest = std::max(narrowest, states[key]);
  return narrowest;
}

}  // namespace wakestream::policy
