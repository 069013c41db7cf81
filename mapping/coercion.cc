#include "mapping/coercion.h"

#include <fmt/format.h>

#include <utility>

#include "mapping/conversion.h"
#include "mapping/literal_text.h"
#include "mapping/scalar_text.h"

namespace wakestream::mapping {

namespace {

tl::unexpected<std::string> refuse(std::string message) {
  return tl::unexpected(std::move(message));
}

void wrap(Node& node, Conversion conversion, const Type& type) {
  Node outer;
  outer.kind = Node::Kind::convert;
  outer.conversion = conversion;
  outer.type = &type;
  outer.place = node.place;
  outer.collated_c = node.collated_c && type.family == Family::string;
  outer.args.push_back(std::move(node));
  node = std::move(outer);
}

// Another type of the same family, whose values are written alike. A node that works by its own
// type keeps it: (x::smallint)::bigint is still checked against smallint.
void relabel(Node& node, const Type& type) {
  using enum Node::Kind;
  const bool only_named = node.kind == literal || node.kind == column || node.kind == operation ||
                          node.kind == case_when || node.kind == coalesce;
  if (only_named) {
    node.type = &type;
  } else if (node.type != &type) {
    wrap(node, Conversion::relabel, type);
  }
}

tl::unexpected<std::string> no_cast(const Type& from, const Type& to) {
  const bool to_moment = &to == &types::date || &to == &types::timestamp;
  if (&from == &types::timestamptz && (to_moment || to.family == Family::string))
    return refuse(
        fmt::format("the cast from {} to {} hangs on the session's TimeZone: write (new.x AT TIME "
                    "ZONE 'UTC')::{}, or select the column itself, which is written in UTC",
                    from.name, to.name, to.name));
  if (&to == &types::timestamptz && (&from == &types::date || &from == &types::timestamp))
    return refuse(
        fmt::format("the cast from {} to {} hangs on the session's TimeZone: write (new.x{} AT "
                    "TIME ZONE 'UTC')",
                    from.name, to.name, &from == &types::date ? "::timestamp" : ""));
  if (from.family == Family::string && to.family == Family::other && &to != &types::uuid)
    return refuse(fmt::format(
        "the cast from {} to {} hangs on the session's settings: let the table hold a value of {}",
        from.name, to.name, to.name));
  if (to.family == Family::string)
    return refuse(
        fmt::format("the cast from {} to text cannot be told from the value's text form: select "
                    "the column itself",
                    from.name));
  const auto* detour = from.family == Family::jsonb ? ": take it out with ->> first"
                       : from.family == Family::integer && to.family == Family::boolean
                           ? ": compare it, new.x <> 0"
                       : from.family == Family::boolean ? ": go by integer"
                                                        : "";
  return refuse(fmt::format("rules do not cast {} to {}{}", from.name, to.name, detour));
}

Coercion convert_to_text(Node& node, const Type& to) {
  const auto& from = *node.type;
  if (from.family == Family::string) {
    if (from.equality == Equality::blanks) {
      wrap(node, Conversion::trim_blanks, to);
    } else {
      relabel(node, to);
    }
  } else if (from.family == Family::boolean) {
    wrap(node, Conversion::boolean_to_text, to);
  } else if (from.family == Family::integer && node.kind != Node::Kind::column) {
    wrap(node, Conversion::integer_to_text, to);
  } else if (from.casts_to_text) {
    wrap(node, Conversion::text_form, to);
  } else {
    return no_cast(from, to);
  }
  return {};
}

Coercion convert_to_integer(Node& node, const Type& to) {
  const auto& from = *node.type;
  if (from.family == Family::integer) {
    if (from.max > to.max) {
      wrap(node, Conversion::narrow_integer, to);
    } else {
      relabel(node, to);
    }
  } else if (from.family == Family::string) {
    wrap(node, Conversion::text_to_integer, to);
  } else if (&from == &types::numeric) {
    wrap(node, Conversion::numeric_to_integer, to);
  } else if (from.json == JsonForm::floating) {
    wrap(node, Conversion::float_to_integer, to);
  } else if (from.family == Family::boolean && &to == &types::int4) {
    wrap(node, Conversion::boolean_to_integer, to);
  } else {
    return no_cast(from, to);
  }
  return {};
}

// Of those that are texts to us.
Coercion convert_to_other(Node& node, const Type& to) {
  const auto& from = *node.type;
  if (&from == &to) return {};
  if (&to == &types::numeric && from.family == Family::integer) {
    wrap(node, Conversion::integer_to_text, to);
  } else if (&to == &types::numeric && from.family == Family::string) {
    wrap(node, Conversion::text_to_numeric, to);
  } else if (&to == &types::numeric && from.json == JsonForm::floating) {
    wrap(node, Conversion::float_to_numeric, to);
  } else if (&to == &types::timestamp && &from == &types::date) {
    wrap(node, Conversion::date_to_timestamp, to);
  } else if (&to == &types::date && &from == &types::timestamp) {
    wrap(node, Conversion::timestamp_to_date, to);
  } else {
    return no_cast(from, to);
  }
  return {};
}

Coercion convert_to_boolean(Node& node) {
  const auto& from = *node.type;
  if (from.family == Family::boolean) return {};
  if (&from == &types::int4) {
    wrap(node, Conversion::integer_to_boolean, types::boolean);
  } else if (from.family == Family::string) {
    wrap(node, Conversion::text_to_boolean, types::boolean);
  } else {
    return no_cast(from, types::boolean);
  }
  return {};
}

}  // namespace

Coercion resolve_literal(Node& node, const Type& type) {
  if (!node.is_null) {
    if (type.family == Family::integer) {
      const auto [value, problem] = read_integer(node.text, type);
      if (problem == IntegerProblem::out_of_range)
        return refuse(fmt::format("this literal is out of range for type {}", type.name));
      if (problem != IntegerProblem::none)
        return refuse(fmt::format("this literal is taken as {}, and it is none", type.name));
      node.number = value;
    } else if (type.family == Family::boolean) {
      const auto value = read_boolean(node.text);
      if (!value)
        return refuse("this literal is taken as boolean, and it is none: write true or false");
      node.number = *value ? 1 : 0;
    } else if (type.family != Family::string) {
      auto value = read_literal(type, node.text);
      if (!value) return tl::unexpected(std::move(value.error()));
      node.text = std::move(*value);
    }
  }
  node.type = &type;
  return {};
}

Coercion convert(Node& node, const Type& type) {
  const auto& from = *node.type;
  if (from.family == Family::any) {
    node.type = &type;
    return {};
  }
  if (from.family == Family::unknown) return resolve_literal(node, type);
  if (type.family == Family::string) return convert_to_text(node, type);
  if (type.family == Family::integer) return convert_to_integer(node, type);
  if (type.family == Family::boolean) return convert_to_boolean(node);
  return convert_to_other(node, type);
}

namespace {

// Integers to numeric, dates to timestamps.
bool converts_by_itself(const Type& from, const Type& to) {
  return (from.family == Family::integer && &to == &types::numeric) ||
         (&from == &types::date && &to == &types::timestamp);
}

}  // namespace

void limit(Node& node, const Type& type, int length, int scale) {
  const bool digits = &type == &types::numeric;
  wrap(node, digits ? Conversion::limit_numeric : Conversion::limit_text, type);
  node.number = digits ? packed_limit({length, scale}) : length;
}

Coercion convert_implicitly(Node& node, const Type& type) {
  const auto& from = *node.type;
  if (&from == &type || from.family == Family::any || type.family == Family::any) return {};
  if (from.family == Family::unknown) return resolve_literal(node, type);
  const bool widens =
      from.family == Family::integer && type.family == Family::integer && from.max <= type.max;
  const bool strings = from.family == Family::string && type.family == Family::string;
  if (widens || strings || converts_by_itself(from, type)) return convert(node, type);
  if (&type == &types::timestamptz) return no_cast(from, type);
  return refuse(
      fmt::format("{} does not become {} by itself: write the cast", from.name, type.name));
}

const Type* common_type(std::span<const Type* const> candidates) {
  const auto* common = candidates.front();
  for (const auto* next : candidates) {
    if (next == common || next->family == Family::unknown) continue;
    if (next->family == Family::any || common->family == Family::any) {
      common = &types::any;
    } else if (common->family == Family::unknown) {
      common = next;
    } else if (converts_by_itself(*common, *next)) {
      common = next;
    } else if (converts_by_itself(*next, *common)) {
      continue;
    } else if (next->family != common->family || common->family == Family::other) {
      return nullptr;
    } else if (common->family == Family::integer && next->max > common->max) {
      common = next;
    }
  }
  if (common->family == Family::unknown) return &types::text;
  // Two columns of a type outside the catalogue may be of two types.
  return common->oid == 0 && common->family == Family::other && candidates.size() > 1 ? nullptr
                                                                                      : common;
}

}  // namespace wakestream::mapping
