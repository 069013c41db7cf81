#include "policy/redaction.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "mapping/json_text.h"
#include "policy/value_change.h"

namespace wakestream::policy {

namespace {

using Stream = rapidjson::MemoryStream;

// Finds the members of the outermost object by rapidjson's events, and where each value stands.
class Members {
 public:
  Members(std::string_view payload, const Stream& stream) : payload_(payload), stream_(stream) {}
  virtual ~Members() = default;

  bool Null() { return scalar({ValueKind::null, {}, {}}); }                   // NOLINT
  bool Bool(bool) { return scalar({ValueKind::boolean, {}, {}}); }            // NOLINT
  bool Int(int) { return scalar({ValueKind::number, {}, {}}); }               // NOLINT
  bool Uint(unsigned) { return scalar({ValueKind::number, {}, {}}); }         // NOLINT
  bool Int64(std::int64_t) { return scalar({ValueKind::number, {}, {}}); }    // NOLINT
  bool Uint64(std::uint64_t) { return scalar({ValueKind::number, {}, {}}); }  // NOLINT
  bool Double(double) { return scalar({ValueKind::number, {}, {}}); }         // NOLINT
  bool RawNumber(const char*, rapidjson::SizeType, bool) {                    // NOLINT
    return scalar({ValueKind::number, {}, {}});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {  // NOLINT
    return scalar({ValueKind::text, {}, {text, size}});
  }
  bool StartObject() { return begin(); }                        // NOLINT
  bool EndObject(rapidjson::SizeType) { return end(); }         // NOLINT
  bool StartArray() { return depth_ != 0 && begin(); }          // NOLINT
  bool EndArray(rapidjson::SizeType) { return end(); }          // NOLINT
  bool Key(const char* text, rapidjson::SizeType size, bool) {  // NOLINT
    if (depth_ != 1) return true;
    key_.assign(text, size);
    begin_ = payload_.find_first_not_of(" \t\r\n:", stream_.Tell());
    return begin_ != std::string_view::npos;
  }

 protected:
  virtual bool on_member(std::string_view name, const JsonPiece& value) = 0;

 private:
  bool begin() {
    ++depth_;
    return true;
  }
  // The parser tells of an end before it takes its bracket.
  bool end() {
    if (--depth_ != 1) return true;
    return on_member(key_, {ValueKind::structure, piece(stream_.Tell() + 1), {}});
  }
  bool scalar(JsonPiece value) {
    if (depth_ == 0) return false;  // no object
    if (depth_ > 1) return true;
    value.raw = piece(stream_.Tell());
    return on_member(key_, value);
  }
  std::string_view piece(std::size_t end) const { return payload_.substr(begin_, end - begin_); }

  std::string_view payload_;
  const Stream& stream_;
  std::string key_;
  std::size_t begin_ = 0;
  std::size_t depth_ = 0;
};

class Redactor final : public Members {
 public:
  Redactor(const Policy& policy, const KeyRing& keys, const EventShape& shape,
           const Verdict& verdict, std::string_view payload, const Stream& stream, std::string& out)
      : Members(payload, stream),
        policy_(policy),
        keys_(keys),
        shape_(shape),
        verdict_(verdict),
        seen_(shape.fields.size()),
        out_(out) {}

  Redaction result;

 private:
  bool on_member(std::string_view name, const JsonPiece& value) override {
    const auto& fields = shape_.fields;
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const FieldShape& one) { return one.name == name; });
    if (field == fields.end()) {
      ++result.unknown;
      return true;
    }
    const auto at = static_cast<std::size_t>(field - fields.begin());
    if (seen_[at]) return false;
    seen_[at] = true;
    put(name, verdict_.fields[at], value);
    return true;
  }

  void put(std::string_view name, const FieldVerdict& verdict, const JsonPiece& value) {
    if (verdict.action >= Action::drop) return;
    if (!std::exchange(is_first_, false)) out_ += ',';
    mapping::append_json_string(name, out_);
    out_ += ':';
    if (verdict.action == Action::pass) {
      out_ += value.raw;
    } else if (verdict.action == Action::nullify) {
      out_ += "null";
    } else {
      const auto changed_value = changed(*policy_.transform(verdict), value, keys_);
      if (!changed_value) ++result.unfit;
      out_ += changed_value.value_or("null");
    }
  }

  const Policy& policy_;
  const KeyRing& keys_;
  const EventShape& shape_;
  const Verdict& verdict_;
  std::vector<bool> seen_;
  std::string& out_;
  bool is_first_ = true;
};

}  // namespace

Redaction redact(const Policy& policy, const KeyRing& keys, const EventShape& shape,
                 const Verdict& verdict, std::string_view payload, std::string& out) {
  if (verdict.withheld() || verdict.fields.size() != shape.fields.size()) return {};
  const auto before = out.size();
  Stream stream(payload.data(), payload.size());
  Redactor redactor(policy, keys, shape, verdict, payload, stream, out);
  out += '{';
  rapidjson::Reader reader;
  // Numbers are not calculated: they stay as they are.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag |
                             rapidjson::kParseValidateEncodingFlag |
                             rapidjson::kParseNumbersAsStringsFlag;
  if (reader.Parse<flags>(stream, redactor).IsError()) {
    out.resize(before);
    return {};
  }
  out += '}';
  redactor.result.readable = true;
  return redactor.result;
}

}  // namespace wakestream::policy
