// What stays of an account that was deleted, for good, in wakestream.<pipeline>.deletions: that no
// event of it at or below a place of the stream may go out any more. Nothing in it says whose it
// was to whoever has not both the account's id and the key (keys/key.h).
//
// A record has the pseudonym for a key, and is a JSON object:
//
//   {"format_version":1,"pseudonym":"9f86...","epoch":1,"deletion_lsn":"16/B374D848",
//    "jurisdiction":"EU","key_id":"0c2e..."}
//
// The newest counts, and is the one of the latest deletion. There are no tombstones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cdc/lsn.h"

namespace wakestream::context {

struct DeletionRecord {
  std::string pseudonym;
  std::uint32_t epoch = 1;                  // LSNs are of this one
  cdc::Lsn lsn;                             // of the deletion's commit
  std::optional<std::string> jurisdiction;  // nothing: it was not known
  std::string key_id;                       // of the key that the pseudonym was made with

  friend bool operator==(const DeletionRecord&, const DeletionRecord&) = default;
};

std::string encode_deletion(const DeletionRecord& record);
// The error is a sentence without values.
tl::expected<DeletionRecord, std::string> decode_deletion(std::string_view json);

}  // namespace wakestream::context
