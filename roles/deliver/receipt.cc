#include "roles/deliver/receipt.h"

#include <fmt/format.h>

#include "roles/deliver/receipt_fields.h"
#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

using capture::JsonMembers;
using capture::JsonWriter;
using capture::put;

namespace {

std::string_view name_of(ReceiptKind kind) {
  switch (kind) {
    case ReceiptKind::intent:
      return "intent";
    case ReceiptKind::outcome:
      return "outcome";
    case ReceiptKind::withheld:
      return "withheld";
  }
  return "";
}

ReceiptKind take_kind(JsonMembers& members) {
  const auto text = members.text("kind");
  for (const auto kind : {ReceiptKind::intent, ReceiptKind::outcome, ReceiptKind::withheld})
    if (text == name_of(kind)) return kind;
  return members.fail<ReceiptKind>("kind", "a known one");
}

std::vector<Receipt::Field> take_fields(JsonMembers& members, const char* name,
                                        std::string& problem) {
  using Fields = std::vector<Receipt::Field>;
  const auto* array = members.find(name);
  if (array == nullptr || !array->IsArray()) return members.fail<Fields>(name, "an array");
  Fields fields;
  for (const auto& entry : array->GetArray()) {
    if (!entry.IsObject()) return members.fail<Fields>(name, "an array of objects");
    JsonMembers field(entry, problem);
    fields.push_back({field.text("name"), field.text("action"), field.text("reason")});
  }
  return fields;
}

bool says_why(ReceiptKind kind) { return kind != ReceiptKind::outcome; }
bool says_what_came(ReceiptKind kind) { return kind != ReceiptKind::intent; }

void put_why(JsonWriter& json, const Receipt& receipt) {
  put(json, "sequence", receipt.sequence);
  put(json, "purpose", receipt.purpose);
  put(json, "legal_basis", receipt.legal_basis);
  put_fields(json, "disclosed", receipt.disclosed);
  put_fields(json, "held_back", receipt.held_back);
  put(json, "consent_sha256", receipt.consent_sha256);
  put(json, "consent_as_of", receipt.consent_as_of);
  put(json, "policy_hash", receipt.policy_hash);
  put(json, "rules_hash", receipt.rules_hash);
  put(json, "schema_version", receipt.schema_version);
  put(json, "data_sha256", receipt.data_sha256);
}

void take_why(JsonMembers& members, Receipt& receipt, std::string& problem) {
  receipt.sequence = members.text("sequence");
  receipt.purpose = members.text("purpose");
  receipt.legal_basis = members.text("legal_basis");
  receipt.disclosed = take_fields(members, "disclosed", problem);
  receipt.held_back = take_fields(members, "held_back", problem);
  receipt.consent_sha256 = members.text("consent_sha256");
  receipt.consent_as_of = members.text("consent_as_of");
  receipt.policy_hash = members.text("policy_hash");
  receipt.rules_hash = members.text("rules_hash");
  receipt.schema_version = members.text("schema_version");
  receipt.data_sha256 = members.text("data_sha256");
}

}  // namespace

void put_fields(JsonWriter& json, const char* name, const std::vector<Receipt::Field>& fields) {
  json.Key(name);
  json.StartArray();
  for (const auto& field : fields) {
    json.StartObject();
    put(json, "name", field.name);
    put(json, "action", field.action);
    put(json, "reason", field.reason);
    json.EndObject();
  }
  json.EndArray();
}

std::string encode_receipt(const Receipt& receipt) {
  return write_record([&receipt](JsonWriter& json) {
    put(json, "kind", name_of(receipt.kind));
    put(json, "event_id", receipt.event_id);
    put(json, "type", receipt.type);
    put(json, "subject", receipt.subject);
    put(json, "key_id", receipt.key_id);
    put(json, "consumer", receipt.consumer);
    put(json, "at_ms", receipt.at_ms);
    put(json, "attempt", std::int64_t{receipt.attempt});
    if (!receipt.replay.empty()) put(json, "replay", receipt.replay);
    if (says_why(receipt.kind)) put_why(json, receipt);
    if (!says_what_came(receipt.kind)) return;
    put(json, "fate", receipt.fate);
    put(json, "reason", receipt.reason);
    put(json, "status", std::int64_t{receipt.status});
  });
}

tl::expected<Receipt, std::string> decode_receipt(std::string_view text) {
  return read_record<Receipt>(text, "the receipt",
                              [](JsonMembers& members, Receipt& receipt, std::string& problem) {
                                receipt.kind = take_kind(members);
                                receipt.event_id = members.text("event_id");
                                receipt.type = members.text("type");
                                receipt.subject = members.text("subject");
                                receipt.key_id = members.text("key_id");
                                receipt.consumer = members.text("consumer");
                                receipt.at_ms = members.number("at_ms");
                                receipt.attempt = members.count("attempt");
                                receipt.replay = members.text_or_nothing("replay");
                                if (says_why(receipt.kind)) take_why(members, receipt, problem);
                                if (!says_what_came(receipt.kind)) return;
                                receipt.fate = members.text("fate");
                                receipt.reason = members.text("reason");
                                receipt.status = take_status(members);
                              });
}

std::string receipt_key_name(std::string_view pipeline) {
  return fmt::format("{}.receipts", pipeline);
}

}  // namespace wakestream::deliver
