// Names that the policy file declares, and the small number by which each is known from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wakestream::policy {

using NameId = std::uint16_t;
using CategoryId = NameId;

// Every number of `count` names.
inline auto numbers_of(std::size_t count) {
  return std::views::iota(NameId{0}, static_cast<NameId>(count));
}

class NameTable {
 public:
  // A name that is there already keeps its number.
  NameId add(std::string_view name);
  std::optional<NameId> find(std::string_view name) const;
  const std::string& name(NameId id) const { return names_[id]; }
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, NameId, Hash, std::equal_to<>> ids_;
};

}  // namespace wakestream::policy
