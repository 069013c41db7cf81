#include "app/preview/advice.h"

#include <fmt/format.h>

#include "roles/capture/error_policy.h"

namespace wakestream::preview {

namespace {

std::string_view advice_for(cdc::ErrorKind kind) {
  using cdc::ErrorKind;
  switch (kind) {
    case ErrorKind::slot_missing:
      return "The first start of wakestream run makes the pipeline's slot; until then take --from "
             "now.";
    case ErrorKind::slot_lost:
      return "What the slot has not confirmed is gone; --from now shows what comes from now on.";
    case ErrorKind::connection_failed:
    case ErrorKind::server_error:
      return "wakestream check looks at everything that is needed, and says what mends it.";
    default:
      return capture::judge(kind).way_out;
  }
}

}  // namespace

std::string with_advice(const cdc::Error& error) {
  auto text = error.message;
  if (error.lsn.valid()) text += fmt::format(" (at {})", cdc::to_string(error.lsn));
  if (const auto advice = advice_for(error.kind); !advice.empty())
    text += fmt::format(". {}", advice);
  return text;
}

}  // namespace wakestream::preview
