// What `wakestream checkpoint` prints.
#pragma once

#include <optional>
#include <string>

#include "roles/capture/command.h"
#include "roles/capture/start_preview.h"

namespace wakestream::app {

struct CheckpointView {
  capture::Situation situation;
  capture::StartPreview start;
  std::string lease_holder;
};

std::string show_text(const CheckpointView& view, const std::string& slot);
std::string show_json(const CheckpointView& view);

// A change, done or not, and what a start comes to after it.
struct ChangeView {
  std::string command;  // "checkpoint set --lsn 0/1": how it is given
  bool done = false;
  capture::Decision decision;
  capture::StartPreview start;
};

std::string change_text(const ChangeView& view);
std::string change_json(const ChangeView& view);

}  // namespace wakestream::app
