// What was decided about one event for one consumer, and what came of it: for the accounting of
// disclosures.
//
// A record of wakestream.<pipeline>.receipts.<consumer> has the subject's pseudonym for a key, and
// is a JSON object. It lies in the first partition of the share that wrote it (earlier releases: in
// the event's), what belongs together in the order in which it happened. There are three kinds:
//
//   intent    an attempt is about to be made: what it will disclose, and why that is allowed. It is
//             committed before the attempt begins; without it nothing is sent
//   outcome   what came of the attempt, or of the event without one
//   withheld  policy let nothing of the event out, or the consumer mutes it; and why
//
// No value of the event stands in it: names of fields, rules and hashes alone. The pseudonym is
// made with a key of the key store (keys/key.h, "pseudonym"), so who has the account's id and the
// key finds what is about it, and nobody else does. The same key serves all consumers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace wakestream::deliver {

enum class ReceiptKind : std::uint8_t { intent, outcome, withheld };

struct Receipt {
  struct Field {
    std::string name;
    std::string action;  // "pass", "hmac", "drop" ...
    std::string reason;  // the rule, or the cause in a word
    friend bool operator==(const Field&, const Field&) = default;
  };

  ReceiptKind kind = ReceiptKind::intent;
  std::string event_id;  // as the log has it
  std::string type;
  std::string subject;  // the pseudonym
  std::string key_id;   // of the key that it was made with
  std::string consumer;
  std::int64_t at_ms = 0;
  std::uint32_t attempt = 0;  // the how manieth; 0: none
  std::string replay = {};    // the id of the command that it goes out by once more
  // intent and withheld:
  std::string sequence;
  std::string purpose;
  std::string legal_basis;       // "consent", or the words of the policy
  std::vector<Field> disclosed;  // changed ones among them
  std::vector<Field> held_back;
  std::string consent_sha256;  // of the consent that was judged by: the narrower one's sources
  std::string consent_as_of;   // LSN of the account's context; empty: the event's own alone
  std::string policy_hash;
  std::string rules_hash;
  std::string schema_version;
  std::string data_sha256;  // of what the emitter was given; empty: nothing
  // outcome and withheld:
  std::string fate;    // lanes.h, Fate; or "unknown" of an attempt
  std::string reason;  // words without values
  int status = 0;
};

std::string encode_receipt(const Receipt& receipt);
// The error is a sentence without values.
tl::expected<Receipt, std::string> decode_receipt(std::string_view json);

// Of the pseudonyms in a pipeline's receipts.
std::string receipt_key_name(std::string_view pipeline);

}  // namespace wakestream::deliver
