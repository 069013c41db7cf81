// Bytes in, one message or an error out: nothing is skipped, nothing is assumed.
//
// Pure. A decoder keeps the buffers that rows are decoded into, so that a row costs no allocation;
// what it returns is valid until its next call and while the payload lives.
#pragma once

#include <string_view>
#include <vector>

#include "cdc/error.h"
#include "cdc/pgoutput/message.h"

namespace wakestream::cdc::pgoutput {

class Decoder {
 public:
  // `payload` is the content of one XLogData message. An error names message and field:
  // "insert.relation_id: wanted 4 bytes, 1 left".
  Result<Message> decode(std::string_view payload);

 private:
  std::vector<Value> before_;
  std::vector<Value> after_;
  std::vector<RelationColumn> columns_;
  std::vector<std::uint32_t> relation_ids_;
};

}  // namespace wakestream::cdc::pgoutput
