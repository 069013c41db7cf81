#include "mapping/function.h"

#include <algorithm>
#include <array>

#include "mapping/date_functions.h"
#include "mapping/date_part_functions.h"
#include "mapping/date_trunc_functions.h"
#include "mapping/integer_functions.h"
#include "mapping/interval_functions.h"
#include "mapping/jsonb_functions.h"
#include "mapping/numeric_functions.h"
#include "mapping/padding_functions.h"
#include "mapping/text_functions.h"

namespace wakestream::mapping {

namespace {

struct Advice {
  std::string_view name;
  std::string_view text;
};

// Functions of PostgreSQL whose value hangs on more than their arguments.
constexpr std::array advice{
    Advice{"concat",
           "it hangs on the session's settings: join texts with ||, and COALESCE for NULLs"},
    Advice{"concat_ws", "it hangs on the session's settings: join texts with ||"},
    Advice{"format", "it hangs on the session's settings: join texts with ||"},
    Advice{"initcap",
           "it hangs on the locale: lower(x COLLATE \"C\") and upper(x COLLATE \"C\") do not"},
    Advice{"to_char", "it hangs on the locale: cast to text, or select the value itself"},
    Advice{"now", "the event carries the commit time as its own attribute"},
    Advice{"age", "it hangs on today: subtract one date or timestamp from the other"},
    Advice{"date_part", "it gives floating point: write extract(year from new.x)"},
    Advice{"random", "an event is the same each time that it is made"},
    Advice{"nextval", "an event is the same each time that it is made"},
    Advice{"gen_random_uuid",
           "an event is the same each time that it is made: the event's id is unique"},
};

}  // namespace

std::span<const std::span<const Function>> function_tables() {
  static const std::array tables{
      text_functions(),      padding_functions(),    integer_functions(),
      numeric_functions(),   date_functions(),       interval_functions(),
      date_part_functions(), date_trunc_functions(), jsonb_functions()};
  return tables;
}

bool is_function(std::string_view name) {
  for (const auto table : function_tables())
    for (const auto& function : table)
      if (function.name == name) return true;
  return false;
}

std::string_view advice_for_function(std::string_view name) {
  const auto* found = std::find_if(advice.begin(), advice.end(),
                                   [&](const Advice& one) { return one.name == name; });
  return found == advice.end() ? std::string_view{} : found->text;
}

}  // namespace wakestream::mapping
