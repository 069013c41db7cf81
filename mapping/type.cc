#include "mapping/type.h"

#include <algorithm>
#include <array>
#include <limits>

namespace wakestream::mapping {

namespace {

using enum Family;

template <class Integer>
constexpr Type integer_type(std::uint32_t oid, std::string_view name) {
  return {oid,
          name,
          integer,
          Equality::number,
          JsonForm::integer,
          true,
          false,
          0,
          std::numeric_limits<Integer>::min(),
          std::numeric_limits<Integer>::max()};
}

constexpr Type array_of(std::uint32_t oid, std::string_view name, std::uint32_t element_oid,
                        Equality equality) {
  return {oid, name, other, equality, JsonForm::array, true, true, element_oid};
}

constexpr Type any_type{0, "any", any, Equality::none, JsonForm::string, true, true};
constexpr Type unknown_type{705, "unknown", unknown, Equality::none, JsonForm::string, true, false};
constexpr Type uncatalogued{
    0,   "a type that wakestream does not know", other, Equality::none, JsonForm::string, false,
    true};

// Sorted by OID.
constexpr std::array catalogue{
    Type{16, "boolean", boolean, Equality::number, JsonForm::boolean, false, false},
    Type{17, "bytea", other, Equality::bytes, JsonForm::string, true, true},
    Type{18, "\"char\"", other, Equality::none, JsonForm::string, false, false},
    Type{19, "name", other, Equality::bytes, JsonForm::string, true, false},
    integer_type<std::int64_t>(20, "bigint"),
    integer_type<std::int16_t>(21, "smallint"),
    integer_type<std::int32_t>(23, "integer"),
    Type{25, "text", string, Equality::bytes, JsonForm::string, true, true},
    Type{26, "oid", other, Equality::bytes, JsonForm::string, true, false},
    Type{114, "json", other, Equality::none, JsonForm::json, true, true},
    Type{142, "xml", other, Equality::none, JsonForm::string, true, true},
    array_of(143, "xml[]", 142, Equality::none),
    array_of(199, "json[]", 114, Equality::none),
    Type{650, "cidr", other, Equality::none, JsonForm::string, false, true},
    array_of(651, "cidr[]", 650, Equality::none),
    Type{700, "real", other, Equality::floating, JsonForm::floating, true, false},
    Type{701, "double precision", other, Equality::floating, JsonForm::floating, true, false},
    Type{790, "money", other, Equality::none, JsonForm::string, false, false},
    array_of(791, "money[]", 790, Equality::none),
    Type{829, "macaddr", other, Equality::bytes, JsonForm::string, true, false},
    Type{869, "inet", other, Equality::none, JsonForm::string, false, true},
    array_of(1000, "boolean[]", 16, Equality::bytes),
    array_of(1001, "bytea[]", 17, Equality::bytes),
    array_of(1002, "\"char\"[]", 18, Equality::none),
    array_of(1003, "name[]", 19, Equality::bytes),
    array_of(1005, "smallint[]", 21, Equality::bytes),
    array_of(1007, "integer[]", 23, Equality::bytes),
    array_of(1009, "text[]", 25, Equality::bytes),
    array_of(1014, "character[]", 1042, Equality::none),
    array_of(1015, "character varying[]", 1043, Equality::bytes),
    array_of(1016, "bigint[]", 20, Equality::bytes),
    array_of(1021, "real[]", 700, Equality::none),
    array_of(1022, "double precision[]", 701, Equality::none),
    array_of(1028, "oid[]", 26, Equality::bytes),
    array_of(1040, "macaddr[]", 829, Equality::bytes),
    array_of(1041, "inet[]", 869, Equality::none),
    Type{1042, "character", string, Equality::blanks, JsonForm::string, false, true},
    Type{1043, "character varying", string, Equality::bytes, JsonForm::string, true, true},
    Type{1082, "date", other, Equality::bytes, JsonForm::string, true, false},
    Type{1083, "time without time zone", other, Equality::bytes, JsonForm::string, true, false},
    Type{1114, "timestamp without time zone", other, Equality::bytes, JsonForm::timestamp, true,
         false},
    array_of(1115, "timestamp without time zone[]", 1114, Equality::bytes),
    array_of(1182, "date[]", 1082, Equality::bytes),
    array_of(1183, "time without time zone[]", 1083, Equality::bytes),
    Type{1184, "timestamp with time zone", other, Equality::bytes, JsonForm::timestamptz, false,
         false},
    array_of(1185, "timestamp with time zone[]", 1184, Equality::bytes),
    Type{1186, "interval", other, Equality::interval, JsonForm::string, true, false},
    array_of(1187, "interval[]", 1186, Equality::none),
    array_of(1231, "numeric[]", 1700, Equality::none),
    Type{1266, "time with time zone", other, Equality::bytes, JsonForm::string, true, false},
    array_of(1270, "time with time zone[]", 1266, Equality::bytes),
    Type{1700, "numeric", other, Equality::numeric, JsonForm::numeric, true, true},
    Type{2950, "uuid", other, Equality::bytes, JsonForm::string, true, false},
    array_of(2951, "uuid[]", 2950, Equality::bytes),
    Type{3802, "jsonb", jsonb, Equality::jsonb, JsonForm::jsonb, true, true},
    array_of(3807, "jsonb[]", 3802, Equality::none),
};

constexpr const Type* find(std::uint32_t oid) {
  const auto* found =
      std::lower_bound(catalogue.begin(), catalogue.end(), oid,
                       [](const Type& type, std::uint32_t wanted) { return type.oid < wanted; });
  return found != catalogue.end() && found->oid == oid ? found : nullptr;
}

static_assert(std::is_sorted(catalogue.begin(), catalogue.end(),
                             [](const Type& a, const Type& b) { return a.oid < b.oid; }));

}  // namespace

const Type& type_of_oid(std::uint32_t oid) {
  const auto* found = find(oid);
  return found != nullptr ? *found : uncatalogued;
}

const Type& type_of_name(std::string_view name) {
  const auto* found = std::find_if(catalogue.begin(), catalogue.end(),
                                   [&](const Type& type) { return type.name == name; });
  return found != catalogue.end() ? *found : uncatalogued;
}

const Type* cast_target(std::string_view name) {
  if (name == "text") return find(25);
  if (name == "varchar") return find(1043);
  if (name == "bool") return find(16);
  if (name == "int2") return find(21);
  if (name == "int4") return find(23);
  if (name == "int8") return find(20);
  if (name == "numeric") return find(1700);
  if (name == "date") return find(1082);
  if (name == "timestamp") return find(1114);
  if (name == "timestamptz") return find(1184);
  if (name == "interval") return find(1186);
  if (name == "uuid") return find(2950);
  return nullptr;
}

namespace types {
const Type& any = any_type;
const Type& unknown = unknown_type;
const Type& boolean = *find(16);
const Type& int2 = *find(21);
const Type& int4 = *find(23);
const Type& int8 = *find(20);
const Type& text = *find(25);
const Type& bpchar = *find(1042);
const Type& jsonb = *find(3802);
const Type& numeric = *find(1700);
const Type& float4 = *find(700);
const Type& float8 = *find(701);
const Type& date = *find(1082);
const Type& timestamp = *find(1114);
const Type& timestamptz = *find(1184);
const Type& interval = *find(1186);
const Type& uuid = *find(2950);
}  // namespace types

}  // namespace wakestream::mapping
