// PostgreSQL's types as far as rules know them: how a value's text form becomes JSON, what equality
// means, and whether an update may leave the value out. One static table; a type is a pointer into
// it, so that types compare by address.
//
// Source: PostgreSQL documentation, "Data Types", "Type Conversion", "JSON Functions" (to_jsonb),
// "TOAST"; src/include/catalog/pg_type.dat for the OIDs.
#pragma once

#include <cstdint>
#include <string_view>

namespace wakestream::mapping {

enum class Family : std::uint8_t {
  any,      // a column whose table has not been seen yet: fits everything
  unknown,  // a quoted literal or NULL whose type its neighbours decide
  boolean,
  integer,
  string,  // text, varchar, char(n)
  jsonb,
  other,  // can be selected, tested for NULL and, where `equality` says so, compared with its own
          // kind
};

// How two values of one type are compared, given their text forms under the settings that the
// session pins.
enum class Equality : std::uint8_t {
  none,      // it cannot be told from the text form, or PostgreSQL has no such operator
  bytes,     // equal values have equal text forms
  number,    // integers and booleans: by the value
  blanks,    // char(n): trailing blanks do not count
  numeric,   // 1.0 = 1.00
  floating,  // -0 = 0
  interval,  // a month is thirty days
  jsonb,     // numbers inside as numeric, else bytes
};

enum class JsonForm : std::uint8_t {
  string,
  integer,
  boolean,
  numeric,   // a number; NaN and the infinities are strings
  floating,  // the same, written without an exponent, as to_jsonb does
  timestamp,
  timestamptz,
  jsonb,
  json,
  array,
};

struct Type {
  std::uint32_t oid;
  std::string_view name;  // as PostgreSQL's own errors write it
  Family family;
  Equality equality;
  JsonForm json;
  // Is the cast to text the text form as it comes? (A boolean comes as t and casts to true.)
  bool casts_to_text;
  // May an update leave an unchanged value out?
  bool toastable;
  std::uint32_t element_oid = 0;  // of arrays
  std::int64_t min = 0;           // of integers
  std::int64_t max = 0;
};

// Types that the catalogue does not hold (enums, domains, extensions' types) share one entry: its
// text form is a string and nothing more is known of it.
const Type& type_of_oid(std::uint32_t oid);

// By the name that the catalogue has; the name must be there.
const Type& type_of_name(std::string_view name);

// The target of a cast, by the name that PostgreSQL's grammar gives it ("int4", "text"); null when
// rules do not cast to it.
const Type* cast_target(std::string_view name);

namespace types {
extern const Type& any;
extern const Type& unknown;
extern const Type& boolean;
extern const Type& int2;
extern const Type& int4;
extern const Type& int8;
extern const Type& text;
extern const Type& bpchar;
extern const Type& jsonb;
extern const Type& numeric;
extern const Type& float4;
extern const Type& float8;
extern const Type& date;
extern const Type& timestamp;
extern const Type& timestamptz;
extern const Type& interval;
extern const Type& uuid;
}  // namespace types

}  // namespace wakestream::mapping
