// Any bytes as the values of a row: events whose payload is JSON, or rows in quarantine with a
// reason, never a crash.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mapping/json_text.h"
#include "mapping/mapper.h"

using namespace wakestream;  // NOLINT: a fuzz target

namespace {

constexpr std::string_view rules_text = R"(
CREATE VIEW c.plain AS SELECT new.k AS account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction,
  new.j AS consent, new.b, new.i, new.t, new.c, new.n, new.d, new.tz, new.a, new.f, new.js FROM t.a;
CREATE VIEW c.made AS SELECT COALESCE(new.k, old.k) AS account_id, 1 AS version, old.j ->> 'a' AS banner,
  new.j -> 'b' -> 0 AS jurisdiction, new.t || old.c AS consent, new.t::integer AS x, new.i::smallint AS y,
  new.c::boolean AS z, CASE old.i WHEN new.i THEN 1 WHEN 5 THEN 2 END AS u FROM t.a
WHERE old.j IS DISTINCT FROM new.j OR new.n = old.n OR new.f <> old.f OR new.t IN ('a', old.t) OR new.d IS NULL;
CREATE VIEW c.calculated AS SELECT COALESCE(new.k, 'k') AS account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction,
  NULL AS consent, new.n + old.n AS a, new.n - new.i AS s, new.n * old.n AS m, new.n / old.n AS q, new.n % old.n AS r,
  div(new.n, old.n) AS w, round(new.n, new.i) AS o, trunc(new.n, -1) AS t, ceil(new.n) - floor(-old.n) AS c,
  sign(abs(new.n)) AS g, scale(trim_scale(new.n)) AS l FROM t.a WHERE new.n IS NOT NULL;
CREATE VIEW c.moved AS SELECT COALESCE(new.k, 'k') AS account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction,
  NULL AS consent, new.d + new.iv AS a, (new.tz AT TIME ZONE 'UTC') - new.iv AS s, new.tz - old.tz AS x, -new.iv + old.iv * new.i AS i,
  date_trunc('week', new.tz AT TIME ZONE 'UTC') AS w, date_trunc('decade', new.iv) AS c, extract(julian from new.d) AS j,
  extract(epoch from new.iv) AS e, extract(isoyear from new.tz AT TIME ZONE 'UTC') AS y, GREATEST(new.iv, old.iv) AS g FROM t.a
WHERE new.iv IS NOT NULL;
CREATE VIEW c.filled AS SELECT COALESCE(new.k, 'k') AS account_id, NULL AS version, 'b' AS banner, 'EU' AS jurisdiction,
  NULL AS consent, lpad(new.t, new.i, old.t) AS l, rpad(new.t, 9) AS r, repeat(new.t, new.i) AS p, translate(new.t, old.t, new.k) AS t,
  new.n::numeric(9, 4) AS n, new.t::varchar(3) AS v, new.f::numeric AS f, new.f::bigint AS g, jsonb_typeof(new.j) AS j,
  jsonb_array_length(new.j) AS a, (new.i > 0) IS NOT TRUE AS b FROM t.a WHERE (new.b IS UNKNOWN) IS FALSE;
)";

cdc::Relation relation(cdc::ReplicaIdentity identity) {
  return {1,
          "t",
          "a",
          identity,
          {{"k", 25, -1, true},
           {"b", 16, -1, false},
           {"i", 23, -1, false},
           {"t", 25, -1, false},
           {"c", 1042, 9, false},
           {"j", 3802, -1, false},
           {"n", 1700, -1, false},
           {"d", 1082, -1, false},
           {"tz", 1184, -1, false},
           {"a", 1009, -1, false},
           {"f", 701, -1, false},
           {"js", 114, -1, false},
           {"iv", 1186, -1, false}},
          1};
}

class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}
  unsigned number() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  // One byte says the kind and the length.
  cdc::Value value() {
    const auto head = number();
    if (head == 0xFF) return cdc::Value::null();
    if (head == 0xFE) return cdc::Value::not_sent();
    const auto text = rest_.substr(0, std::min<std::size_t>(head, rest_.size()));
    rest_.remove_prefix(text.size());
    return cdc::Value::of(text);
  }

 private:
  std::string_view rest_;
};

class CheckingSink final : public mapping::EventSink {
 public:
  void on_event(const mapping::ChangeOrigin&, const mapping::Event& event) override {
    if (event.account_id.empty() || !mapping::is_json(event.payload)) abort();
  }
  void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow& row) override {
    if (row.reason.empty() || !mapping::is_json(row.row)) abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rules = [] {
    const std::vector<mapping::RuleSource> sources{{"fuzz.sql", std::string(rules_text)}};
    auto parsed = mapping::RuleSet::parse(sources);
    if (!parsed) abort();
    return std::move(*parsed);
  }();
  static mapping::Mapper mapper(rules);
  static const auto full = relation(cdc::ReplicaIdentity::full);

  Bytes bytes({reinterpret_cast<const char*>(data), size});
  cdc::RowChange change;
  change.operation = static_cast<cdc::Operation>(bytes.number() % 4);
  change.relation = &full;
  change.ordinal = 1;
  std::vector<cdc::Value> before;
  std::vector<cdc::Value> after;
  const bool has_old =
      change.operation == cdc::Operation::update || change.operation == cdc::Operation::remove;
  const bool has_new =
      change.operation == cdc::Operation::update || change.operation == cdc::Operation::insert;
  for (std::size_t at = 0; at < full.columns.size(); ++at) {
    if (has_old) before.push_back(bytes.value());
    if (has_new) after.push_back(bytes.value());
  }
  change.old_row = has_old ? cdc::OldRow::full : cdc::OldRow::absent;
  change.before = before;
  change.after = after;
  CheckingSink sink;
  const mapping::ChangeOrigin origin{1, cdc::Lsn{1}, 0, 1};
  if (!mapper.map(origin, change, sink)) abort();
  return 0;
}
