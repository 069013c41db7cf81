// From a catalogue to a proposal: which table holds the accounts, what its columns are about, what
// hangs on it. Pure: by names, types, foreign keys and ANALYZE's counts, never by a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "cdc/catalog/catalog.h"

namespace wakestream::init {

// What a person said beforehand; nothing means: propose it.
struct Choices {
  std::optional<std::string> account_table;  // schema.table, or the table's name alone
  std::optional<std::string> key;
  std::optional<std::string> banner;  // a column; "-" for none
  std::optional<std::string> parent;
  std::optional<std::string> jurisdiction;
  std::optional<std::string> consent;
  std::optional<std::vector<std::string>> tables;  // that hang on it
};

struct AttachedTable {
  const cdc::TableFacts* table = nullptr;
  std::string account_column;
  bool by_foreign_key = false;  // else by the column's name
};

// Points into the catalogue, which must outlive it.
struct Proposal {
  const cdc::TableFacts* account = nullptr;
  std::string key;
  std::optional<std::string> version;
  std::optional<std::string> banner;
  std::optional<std::string> parent;
  std::optional<std::string> jurisdiction;
  std::optional<std::string> consent;
  std::vector<AttachedTable> attached;
};

// The tables that could hold the accounts, best first.
std::vector<const cdc::TableFacts*> account_candidates(const cdc::Catalog& catalog);

// The columns that could be the account's key: text, integer or uuid, and never NULL.
std::vector<std::string> key_candidates(const cdc::TableFacts& table);

// An error is a sentence: what could not be told, and which flag tells it.
tl::expected<Proposal, std::string> propose(const cdc::Catalog& catalog, const Choices& choices);

}  // namespace wakestream::init
