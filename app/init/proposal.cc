#include "app/init/proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "app/init/column_meaning.h"
#include "mapping/type.h"

namespace wakestream::init {

namespace {

constexpr std::size_t attached_max = 30;
constexpr float distinct_max = 1'000;  // a banner or a jurisdiction has few values

struct Noun {
  std::string_view word;
  int score;
};
constexpr std::array account_nouns{
    Noun{"customer", 50}, Noun{"account", 45},   Noun{"client", 40},   Noun{"user", 40},
    Noun{"member", 38},   Noun{"person", 35},    Noun{"people", 35},   Noun{"subscriber", 35},
    Noun{"patient", 35},  Noun{"buyer", 35},     Noun{"contact", 30},  Noun{"guest", 30},
    Noun{"kunde", 50},    Noun{"kunden", 50},    Noun{"cliente", 50},  Noun{"konto", 45},
    Noun{"konten", 45},   Noun{"passenger", 20}, Noun{"employee", 10},
};

bool fits_as_key(const cdc::ColumnFacts& column) {
  const auto& type = mapping::type_of_oid(column.type_oid);
  return column.generated == 0 && (type.family == mapping::Family::string ||
                                   type.family == mapping::Family::integer || type.name == "uuid");
}

// A noun at the end names the thing, before that it only describes one: customer_address.
int score_of_name(const std::string& name) {
  const auto words = words_of(name);
  int best = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    for (const auto& noun : account_nouns) {
      if (words[at] != noun.word) continue;
      const bool last = at + 1 == words.size();
      best = std::max(best, last ? noun.score - static_cast<int>(words.size()) : noun.score / 4);
    }
  }
  return best;
}

int score_of(const cdc::Catalog& catalog, const cdc::TableFacts& table) {
  int score = score_of_name(table.name.name);
  int references = 0;
  for (const auto& other : catalog.tables) {
    references += static_cast<int>(
        std::any_of(other.foreign_keys.begin(), other.foreign_keys.end(),
                    [&](const auto& key) { return key.target == table.name && &other != &table; }));
  }
  score += 3 * std::min(references, 8);
  std::set<Meaning> meanings;
  for (const auto& column : table.columns) meanings.insert(meaning_of(column));
  if (meanings.contains(Meaning::email)) score += 15;
  if (meanings.contains(Meaning::phone)) score += 8;
  if (meanings.contains(Meaning::consent)) score += 8;
  if (meanings.contains(Meaning::name)) score += 3;
  return score;
}

const cdc::TableFacts* find_table(const cdc::Catalog& catalog, const std::string& wanted) {
  const cdc::TableFacts* by_name = nullptr;
  for (const auto& table : catalog.tables) {
    if (table.name.schema + "." + table.name.name == wanted) return &table;
    if (table.name.name == wanted) by_name = &table;
  }
  return by_name;
}

// The column that was named, the best one that means it, or none.
tl::expected<std::optional<std::string>, std::string> choose(const cdc::TableFacts& table,
                                                             const std::optional<std::string>& said,
                                                             Meaning meaning, bool few_values,
                                                             const std::string& flag) {
  if (said && (*said == "-" || said->empty())) return std::optional<std::string>();
  if (said) {
    if (table.find_column(*said) == nullptr)
      return tl::make_unexpected(fmt::format("--{}: table {}.{} has no column {}", flag,
                                             table.name.schema, table.name.name, *said));
    return said;
  }
  for (const auto& column : table.columns) {
    if (column.generated != 0 || meaning_of(column) != meaning) continue;
    if (few_values && column.has_statistics &&
        (column.distinct > distinct_max || column.distinct < -0.5F))
      continue;
    return std::optional(column.name);
  }
  return std::optional<std::string>();
}

// The foreign key to the account's key; else a column of the same type that bears the key's name,
// or the account table's name and the key's.
std::optional<AttachedTable> attach(const cdc::TableFacts& table, const cdc::TableFacts& account,
                                    const std::string& key) {
  if (&table == &account || !table.is_table() || table.partition_root) return std::nullopt;
  for (const auto& foreign : table.foreign_keys) {
    if (foreign.target == account.name && foreign.columns.size() == 1 &&
        foreign.target_columns.front() == key)
      return AttachedTable{&table, foreign.columns.front(), true};
  }
  const auto key_words = words_of(key);
  const bool plain_id = key_words == std::vector<std::string>{"id"};
  auto wanted = key_words;
  if (plain_id) {
    wanted = words_of(account.name.name);
    wanted.emplace_back("id");
  }
  const auto* key_column = account.find_column(key);
  for (const auto& column : table.columns) {
    const bool is_own_key = table.primary_key == std::vector<std::string>{column.name};
    if (!is_own_key && column.type_oid == key_column->type_oid && words_of(column.name) == wanted)
      return AttachedTable{&table, column.name, false};
  }
  return std::nullopt;
}

std::vector<AttachedTable> all_attached(const cdc::Catalog& catalog, const Proposal& proposal) {
  std::vector<AttachedTable> found;
  for (const auto& table : catalog.tables)
    if (auto attached = attach(table, *proposal.account, proposal.key))
      found.push_back(std::move(*attached));
  // Those that a constraint vouches for first.
  std::stable_sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return left.by_foreign_key && !right.by_foreign_key;
  });
  if (found.size() > attached_max) found.resize(attached_max);
  return found;
}

tl::expected<void, std::string> keep_named(const std::vector<std::string>& names,
                                           Proposal& proposal) {
  std::vector<AttachedTable> kept;
  for (const auto& name : names) {
    const auto found =
        std::find_if(proposal.attached.begin(), proposal.attached.end(), [&](const auto& one) {
          return one.table->name.name == name ||
                 one.table->name.schema + "." + one.table->name.name == name;
        });
    if (found == proposal.attached.end())
      return tl::make_unexpected(fmt::format(
          "--tables: {} does not hang on {}.{} (no foreign key to {}, no column of its "
          "name and type)",
          name, proposal.account->name.schema, proposal.account->name.name, proposal.key));
    kept.push_back(*found);
  }
  proposal.attached = std::move(kept);
  return {};
}

tl::expected<const cdc::TableFacts*, std::string> choose_account(const cdc::Catalog& catalog,
                                                                 const Choices& choices) {
  if (choices.account_table) {
    const auto* named = find_table(catalog, *choices.account_table);
    if (named == nullptr)
      return tl::make_unexpected(
          fmt::format("--account-table: there is no table {}", *choices.account_table));
    if (!named->is_table())
      return tl::make_unexpected(
          fmt::format("--account-table: {} is no table, and only tables have row changes",
                      *choices.account_table));
    return named;
  }
  const auto candidates = account_candidates(catalog);
  if (candidates.empty())
    return tl::make_unexpected(
        std::string("no table here looks as if it held accounts: name it by --account-table"));
  return candidates.front();
}

}  // namespace

std::vector<const cdc::TableFacts*> account_candidates(const cdc::Catalog& catalog) {
  std::vector<std::pair<int, const cdc::TableFacts*>> scored;
  for (const auto& table : catalog.tables) {
    if (!table.is_table() || table.partition_root || key_candidates(table).empty()) continue;
    if (const int score = score_of(catalog, table); score > 0) scored.emplace_back(score, &table);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& left, const auto& right) {
    return std::pair(left.first, left.second->estimated_rows) >
           std::pair(right.first, right.second->estimated_rows);
  });
  std::vector<const cdc::TableFacts*> tables;
  tables.reserve(scored.size());
  for (const auto& [score, table] : scored) tables.push_back(table);
  return tables;
}

std::vector<std::string> key_candidates(const cdc::TableFacts& table) {
  std::vector<std::string> keys;
  for (const auto& name : table.primary_key) {
    const auto* column = table.find_column(name);
    if (column != nullptr && fits_as_key(*column)) keys.push_back(name);
  }
  // Of a key of several columns the last one is the one that counts within the others.
  std::reverse(keys.begin(), keys.end());
  return keys;
}

tl::expected<Proposal, std::string> propose(const cdc::Catalog& catalog, const Choices& choices) {
  Proposal proposal;
  auto account = choose_account(catalog, choices);
  if (!account) return tl::make_unexpected(account.error());
  proposal.account = *account;
  const auto& table = *proposal.account;
  const auto keys = key_candidates(table);
  if (choices.key) {
    const auto* column = table.find_column(*choices.key);
    if (column == nullptr || !fits_as_key(*column))
      return tl::make_unexpected(
          fmt::format("--key: {} is no column of {}.{} of type text, integer or uuid", *choices.key,
                      table.name.schema, table.name.name));
    proposal.key = *choices.key;
  } else if (keys.empty()) {
    return tl::make_unexpected(fmt::format(
        "{}.{} has no primary key of text, integer or uuid: name the account's key by --key",
        table.name.schema, table.name.name));
  } else {
    proposal.key = keys.front();
  }
  struct Wish {
    std::optional<std::string>& chosen;
    const std::optional<std::string>& said;
    Meaning meaning;
    bool few_values;
    const char* flag;
  };
  const std::optional<std::string> unsaid;
  for (const auto& wish :
       {Wish{proposal.version, unsaid, Meaning::version, false, "version"},
        Wish{proposal.banner, choices.banner, Meaning::banner, true, "banner"},
        Wish{proposal.parent, choices.parent, Meaning::parent, false, "parent"},
        Wish{proposal.jurisdiction, choices.jurisdiction, Meaning::jurisdiction, true,
             "jurisdiction"},
        Wish{proposal.consent, choices.consent, Meaning::consent, false, "consent"}}) {
    auto column = choose(table, wish.said, wish.meaning, wish.few_values, wish.flag);
    if (!column) return tl::make_unexpected(column.error());
    if (*column != std::optional(proposal.key)) wish.chosen = std::move(*column);
  }
  proposal.attached = all_attached(catalog, proposal);
  if (choices.tables) {
    if (auto kept = keep_named(*choices.tables, proposal); !kept)
      return tl::make_unexpected(kept.error());
  }
  return proposal;
}

}  // namespace wakestream::init
