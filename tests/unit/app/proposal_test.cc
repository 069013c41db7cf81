// What init proposes, from names, types, keys and counts.
#include "app/init/proposal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/init/column_meaning.h"
#include "app/init/outputs.h"

namespace wakestream::init {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t int8_oid = 20;
constexpr std::uint32_t text_oid = 25;
constexpr std::uint32_t numeric_oid = 1700;

cdc::ColumnFacts column(const std::string& name, std::uint32_t type_oid = text_oid) {
  cdc::ColumnFacts facts;
  facts.name = name;
  facts.type = type_oid == text_oid ? "text" : "bigint";
  facts.type_oid = type_oid;
  return facts;
}

cdc::TableFacts table(const std::string& name, std::vector<cdc::ColumnFacts> columns) {
  cdc::TableFacts facts;
  facts.name = {"public", name};
  facts.columns = std::move(columns);
  facts.primary_key = {facts.columns.front().name};
  facts.estimated_rows = 10;
  return facts;
}

TEST(ColumnMeaningTest, names_are_cut_into_words) {
  EXPECT_THAT(words_of("CustomerAddresses_2"), ElementsAre("customer", "address"));
  EXPECT_THAT(words_of("pgbench_accounts"), ElementsAre("pgbench", "account"));
  EXPECT_THAT(words_of("ÜBER-Straße"), ElementsAre("Über", "straße"));
  EXPECT_THAT(words_of("status"), ElementsAre("status"));
}

TEST(ColumnMeaningTest, a_name_says_what_a_column_is_about) {
  EXPECT_EQ(meaning_of(column("EMail")), Meaning::email);
  EXPECT_EQ(meaning_of(column("marketing_opt_in")), Meaning::consent);
  EXPECT_EQ(meaning_of(column("country_code")), Meaning::jurisdiction);
  EXPECT_EQ(meaning_of(column("password_hash")), Meaning::secret);
  EXPECT_EQ(meaning_of(column("postCode")), Meaning::address);
  EXPECT_EQ(meaning_of(column("version", int8_oid)), Meaning::version);
  EXPECT_EQ(meaning_of(column("version")), Meaning::other);  // a text is nobody's counter
  EXPECT_EQ(meaning_of(column("last_update")), Meaning::bookkeeping);
}

TEST(ProposalTest, a_table_of_customers_wins_over_one_about_them) {
  cdc::Catalog catalog;
  catalog.tables = {table("customer_address", {column("id", int8_oid), column("email")}),
                    table("customers", {column("id", int8_oid), column("name")}),
                    table("product", {column("id", int8_oid)})};
  const auto proposal = propose(catalog, {});
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->account->name.name, "customers");
  EXPECT_EQ(proposal->key, "id");
}

TEST(ProposalTest, tables_hang_on_it_by_foreign_key_or_by_name_and_type) {
  cdc::Catalog catalog;
  auto invoice = table("invoice", {column("invoice_id", int8_oid), column("buyer", int8_oid)});
  invoice.foreign_keys = {{{"buyer"}, {"public", "customer"}, {"id"}}};
  catalog.tables = {table("customer", {column("id", int8_oid)}), invoice,
                    table("visit", {column("n", int8_oid), column("customer_id", int8_oid)}),
                    table("note", {column("n", int8_oid), column("customer_id")})};
  const auto proposal = propose(catalog, {});
  ASSERT_TRUE(proposal);
  ASSERT_EQ(proposal->attached.size(), 2U);
  EXPECT_EQ(proposal->attached[0].table->name.name, "invoice");
  EXPECT_TRUE(proposal->attached[0].by_foreign_key);
  EXPECT_EQ(proposal->attached[1].account_column, "customer_id");
  EXPECT_FALSE(proposal->attached[1].by_foreign_key);
}

TEST(ProposalTest, a_banner_has_few_values) {
  cdc::Catalog catalog;
  catalog.tables = {table("customer", {column("id", int8_oid), column("brand")})};
  auto& brand = catalog.tables[0].columns[1];
  brand.has_statistics = true;
  brand.distinct = -1;  // as many as there are rows
  EXPECT_EQ(propose(catalog, {})->banner, std::nullopt);
  brand.distinct = 3;
  EXPECT_EQ(propose(catalog, {})->banner, "brand");
}

TEST(ProposalTest, a_key_must_be_text_integer_or_uuid) {
  cdc::Catalog catalog;
  catalog.tables = {table("customer", {column("id", numeric_oid), column("name")})};
  Choices choices;
  choices.account_table = "customer";
  const auto proposal = propose(catalog, choices);
  ASSERT_FALSE(proposal);
  EXPECT_THAT(proposal.error(), HasSubstr("--key"));
  choices.key = "name";
  EXPECT_TRUE(propose(catalog, choices));
}

TEST(OutputsTest, a_name_becomes_one_that_slots_and_types_may_have) {
  EXPECT_EQ(plain_name("My Shop-2", "x"), "my_shop_2");
  EXPECT_EQ(plain_name("表", "table"), "table");
}

TEST(OutputsTest, the_configuration_has_no_password_and_odd_values_are_quoted) {
  cdc::ConninfoFacts target{"db host",     "5432",        "it's", "postgres",
                            "verify-full", "/etc/ca.pem", true};
  Naming naming;
  naming.pipeline = "p";
  naming.slot = "wakestream_p";
  const auto text = config_text(target, naming);
  EXPECT_THAT(text, HasSubstr(R"(url: "host='db host' port=5432 dbname='it\\'s' user=wakestream )"
                              R"(sslmode=verify-full sslrootcert=/etc/ca.pem")"));
}

}  // namespace
}  // namespace wakestream::init
