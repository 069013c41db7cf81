// Any bytes as what capture and deliveries read back from the log: a checkpoint, commands,
// decisions, an account's context, a kept row, lanes, progress, receipts. A value or a sentence,
// never a crash; and what is read is written as it was read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "context/account_record.h"
#include "mapping/row_json.h"
#include "mapping/row_json_reader.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/command.h"
#include "roles/deliver/command.h"
#include "roles/deliver/lane_record.h"
#include "roles/deliver/progress.h"
#include "roles/deliver/receipt.h"

namespace {

using namespace wakestream;  // NOLINT: short names for the readers

template <class Read, class Write>
void reads_what_it_wrote(std::string_view text, Read read, Write write) {
  const auto first = read(text);
  if (!first) {
    if (first.error().empty()) abort();
    return;
  }
  const auto written = write(*first);
  const auto second = read(written);
  if (!second || write(*second) != written) abort();
}

cdc::Relation table() {
  cdc::Relation relation;
  relation.schema = "graph";
  relation.name = "account";
  for (const auto* name : {"id", "email", "bio"}) relation.columns.push_back({name, 25, -1, false});
  return relation;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  reads_what_it_wrote(text, capture::decode_checkpoint, capture::encode_checkpoint);
  reads_what_it_wrote(text, capture::decode_command, capture::encode_command);
  reads_what_it_wrote(text, capture::decode_decision, capture::encode_decision);
  reads_what_it_wrote(text, context::decode_account, context::encode_account);
  reads_what_it_wrote(text, deliver::decode_command, deliver::encode_command);
  reads_what_it_wrote(text, deliver::decode_decision, deliver::encode_decision);
  reads_what_it_wrote(text, deliver::decode_state, deliver::encode_state);
  reads_what_it_wrote(text, deliver::decode_lane, deliver::encode_lane);
  reads_what_it_wrote(text, deliver::decode_receipt, deliver::encode_receipt);
  if (const auto progress = deliver::Progress::decode(text)) {
    const auto again = deliver::Progress::decode(progress->encode());
    if (!again || again->encode() != progress->encode()) abort();
  }
  static const auto relation = table();
  reads_what_it_wrote(
      text, [](std::string_view json) { return mapping::read_row_json(json, relation); },
      [](const mapping::KeptRow& row) {
        std::string json;
        mapping::append_row_json(row.change, json);
        return json;
      });
  return 0;
}
