// Expressions by seed: the same seed gives the same ones on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "tests/integration/oracle/grammar.h"

namespace wakestream::test::oracle {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // From 0 up to, not including, `bound`.
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <class Items>
  const auto& one_of(const Items& items) {
    return items[below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

struct GeneratedExpression {
  std::string sql;
  std::set<const Form*> forms;  // that it is made of
  bool depends_on_row = false;
};

class Generator {
 public:
  explicit Generator(Random& random) : random_(random) {}

  // `depth`: of forms within forms. With `wild`, now and then an argument of any type.
  GeneratedExpression of_form(const Form& form, int depth, bool wild);

 private:
  GeneratedExpression argument(std::string_view type, int depth, bool wild);
  GeneratedExpression leaf(std::string_view type, bool may_be_constant);

  Random& random_;
};

}  // namespace wakestream::test::oracle
