// Every way from one state of the capture role to another: the protocol as a table.
//
// docs/capture.md shows it, and a test holds page and table together. The simulator checks that the
// machine never goes a way that does not stand here, and that every way that stands here is really
// gone.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "roles/capture/state.h"

namespace wakestream::capture {

struct Transition {
  std::initializer_list<State> from;
  std::string_view input;
  std::initializer_list<State> to;
  std::string_view when;
  std::string_view then;
  // Hard to meet by chance: held by a test of its own in tests/unit/roles.
  bool by_unit_test = false;
};

std::span<const Transition> transitions();

// Is there a row that leads from here, by this input, to there?
bool allowed(State from, std::string_view input, State to);

// The table in Markdown, as docs/capture.md has it.
std::string transitions_markdown();

}  // namespace wakestream::capture
