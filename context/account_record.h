// What the context topic says of one account: its context, and as of which change.
//
// A record of wakestream.<pipeline>.context has the account's id for a key, lies in the account's
// partition, and is a JSON object:
//
//   {"format_version":1,"as_of_lsn":"16/B374D848","banner":"banner-a","parent":null,
//    "jurisdiction":"EU","consent":{"email":true}}
//
// A tombstone says that the account is gone. A record without a key (its length is 0, which no
// account's is) says that every account of its partition is gone that stands before it: a TRUNCATE,
// or a context that is filled anew.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cdc/lsn.h"
#include "mapping/account_context.h"

namespace wakestream::context {

struct AccountRecord {
  mapping::AccountContext context;
  cdc::Lsn as_of;  // the commit whose change this is; of a fill, the position of its snapshot

  friend bool operator==(const AccountRecord&, const AccountRecord&) = default;
};

std::string encode_account(const AccountRecord& record);
// The error is a sentence without values.
tl::expected<AccountRecord, std::string> decode_account(std::string_view json);

// The value of a record without a key.
std::string encode_every_account_gone(cdc::Lsn as_of);

// The form of the local store: shorter, and never read by another release.
std::string pack_account(const AccountRecord& record);
tl::expected<AccountRecord, std::string> unpack_account(std::string_view bytes);

}  // namespace wakestream::context
