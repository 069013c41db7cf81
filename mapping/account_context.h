// What is known of an account beside the row that is mapped: its context, as of that row's change.
//
// banner, parent and jurisdiction are texts; consent is JSON, as to_jsonb writes the value that the
// database has. Nothing is what the database says is NULL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

enum class ContextColumn : std::uint8_t { banner, parent, jurisdiction, consent };
inline constexpr std::array<std::string_view, 4> context_columns{"banner", "parent", "jurisdiction",
                                                                 "consent"};

// The column of that name; nothing when there is none.
std::optional<ContextColumn> context_column(std::string_view name);

struct AccountContext {
  std::array<std::optional<std::string>, context_columns.size()> values;  // by ContextColumn

  std::optional<std::string>& at(ContextColumn column) {
    return values[static_cast<std::size_t>(column)];
  }
  const std::optional<std::string>& at(ContextColumn column) const {
    return values[static_cast<std::size_t>(column)];
  }

  friend bool operator==(const AccountContext&, const AccountContext&) = default;
};

// Where rules with JOIN context find it.
class ContextLookup {
 public:
  virtual ~ContextLookup() = default;
  // The account as of the change that is being mapped; null when there is no such account. Valid
  // until the next call.
  virtual const AccountContext* find(std::string_view account_id) = 0;
  // Does it hold every account? Rules that join it are not in force before.
  virtual bool is_filled() const { return true; }
};

}  // namespace wakestream::mapping
