// What kinds of data there are: dotted words that form a tree, each below the word before its last
// dot. It begins with fideslang's categories; a policy adds its own below them or beside them.
//
// Names that fideslang replaced lead to what replaced them, so that a rule on the new name holds a
// field that is tagged with the old one.
//
// Source: fideslang, the default taxonomy of data categories (3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name_table.h"

namespace wakestream::policy {

class CategoryTree {
 public:
  CategoryTree();

  // What is wrong with the name, if anything: its parent is not there, or it is there itself.
  std::optional<std::string> add(std::string_view name);
  std::optional<CategoryId> find(std::string_view name) const;
  // Is it this category, or one below it?
  bool is_under(CategoryId category, CategoryId ancestor) const;
  std::optional<CategoryId> parent(CategoryId category) const { return parents_[category]; }
  const std::string& name(CategoryId category) const { return names_.name(category); }
  const std::vector<std::string>& names() const { return names_.names(); }
  std::size_t size() const { return names_.size(); }

 private:
  NameTable names_;
  std::vector<std::optional<CategoryId>> parents_;
};

}  // namespace wakestream::policy
