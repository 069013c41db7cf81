#include "roles/disclosure/event_words.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace wakestream::disclosure {

namespace {

std::optional<std::string> text_in(const rapidjson::Document& payload, const char* name) {
  const auto found = payload.FindMember(name);
  if (found == payload.MemberEnd() || !found->value.IsString()) return std::nullopt;
  return std::string(found->value.GetString(), found->value.GetStringLength());
}

std::optional<std::string> json_in(const rapidjson::Document& payload, const char* name) {
  const auto found = payload.FindMember(name);
  if (found == payload.MemberEnd()) return std::nullopt;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  found->value.Accept(json);
  return std::string(buffer.GetString(), buffer.GetSize());
}

bool parse_object(std::string_view payload, rapidjson::Document& document) {
  // Not recursive, so that a payload of nothing but brackets does not end the process.
  document.Parse<rapidjson::kParseIterativeFlag>(payload.data(), payload.size());
  return !document.HasParseError() && document.IsObject();
}

}  // namespace

std::optional<EventWords> read_words(std::string_view payload) {
  rapidjson::Document document;
  if (!parse_object(payload, document)) return std::nullopt;
  EventWords words;
  words.banner = text_in(document, "banner");
  words.jurisdiction = text_in(document, "jurisdiction");
  const auto previous = document.FindMember("previous_banner");
  if (previous != document.MemberEnd() && !previous->value.IsNull())
    words.previous_banner = text_in(document, "previous_banner").value_or("");
  words.consent_json = json_in(document, "consent");
  words.previous_consent_json = json_in(document, "previous_consent");
  return words;
}

std::optional<std::string> text_member(std::string_view payload, const char* name) {
  rapidjson::Document document;
  if (!parse_object(payload, document)) return std::nullopt;
  return text_in(document, name);
}

}  // namespace wakestream::disclosure
