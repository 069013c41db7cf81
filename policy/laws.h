// Which privacy laws hold where, and since when: data, not advice. A policy adds to it and takes
// nothing away.
//
// Places are codes of ISO 3166: a country where one law holds all of it ("DE"), a state where
// states have their own ("US-CA"). A family is a name for several laws, so that one rule can speak
// of all of them.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

namespace wakestream::policy {

struct Law {
  std::string_view name;    // what rules call it: "vcdpa"
  std::string_view family;  // "us_state_privacy"; empty: none
  std::string_view title;
  std::chrono::sys_days from;
  std::string_view places;  // codes, a blank between two
};

std::span<const Law> known_laws();

}  // namespace wakestream::policy
