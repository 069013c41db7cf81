#include "policy/redaction.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include "tests/unit/policy/policy_fixture.h"

namespace wakestream::policy {
namespace {

constexpr std::string_view key = "sixteen bytes at least";

class RedactionTest : public testing::Test {
 protected:
  void SetUp() override { setenv("WAKESTREAM_TEST_HASHING_KEY", std::string(key).c_str(), 1); }

  // What becomes of the payload when this is done with field "email", and the others pass.
  std::string redacted(const std::string& action, std::string_view payload,
                       Redaction* result = nullptr) {
    const bool denies = action == "drop" || action == "nullify";
    const auto policy = policy_of(
        "  - { name: rest, allow: pass, when: { category: [user.unique_id, system] } }\n"
        "  - { name: all, allow: " +
        (denies ? "pass" : action) + ", when: { category: user.contact } }\n" +
        (denies ? "  - { name: less, deny: " + action + ", when: { category: user.contact } }\n"
                : ""));
    const auto keys = KeyRing::open(policy);
    EXPECT_TRUE(keys);
    const Question question{
        .fields = {{"email", {"user.contact.email"}}, {"account_id", {}}, {"version", {}}}};
    const auto shape = policy.shape(*question.type, question.fields);
    const auto verdict = question.ask(policy);
    EXPECT_FALSE(verdict.withheld());
    std::string out = "before ";
    const auto done = redact(policy, *keys, shape, verdict, payload, out);
    if (result != nullptr) *result = done;
    EXPECT_TRUE(out.starts_with("before "));
    return done.readable ? out.substr(7) : "unreadable" + out.substr(7);
  }
};

TEST_F(RedactionTest, what_passes_stands_as_it_stood) {
  EXPECT_EQ(
      redacted("pass",
               R"({"account_id": 12345678901234567890.50 ,"email":"a\u00e4\"b","version":1e300})"),
      R"({"account_id":12345678901234567890.50,"email":"a\u00e4\"b","version":1e300})");
  EXPECT_EQ(redacted("pass", R"( { "email" : { "a" : [ 1 , { } ] } , "version" : [[]] } )"),
            R"({"email":{ "a" : [ 1 , { } ] },"version":[[]]})");
  EXPECT_EQ(redacted("pass", "{}"), "{}");
}

TEST_F(RedactionTest, what_is_dropped_is_not_there) {
  EXPECT_EQ(redacted("drop", R"({"email":"a@b.example","account_id":"7"})"),
            R"({"account_id":"7"})");
  EXPECT_EQ(redacted("nullify", R"({"email":"a@b.example","account_id":"7"})"),
            R"({"email":null,"account_id":"7"})");
}

TEST_F(RedactionTest, a_member_that_the_schema_does_not_have_is_left_out_and_counted) {
  Redaction result;
  EXPECT_EQ(redacted("pass", R"({"ssn":"1","email":"x","Email":"y"})", &result),
            R"({"email":"x"})");
  EXPECT_EQ(result.unknown, 2U);
}

TEST_F(RedactionTest, what_is_no_object_or_says_something_twice_gives_nothing) {
  for (const auto* const payload :
       {"", "null", "[]", "[{}]", "7", "\"x\"", "{", R"({"email":"x")", R"({"email":"x"}})",
        R"({"email":"x","email":"y"})", R"({"email":"x","\u0065mail":"y"})", "{\"email\":\"\xFF\"}",
        R"({"email":01})", R"({"version":1e400})", "{email:1}"})
    EXPECT_EQ(redacted("pass", payload), "unreadable") << payload;
  EXPECT_EQ(redacted("pass", std::string(R"({"email":)") + std::string(1'000'000, '[')),
            "unreadable");
}

TEST_F(RedactionTest, a_mask_shows_the_end_and_not_the_length) {
  EXPECT_EQ(redacted("{ mask: { keep_last: 4 } }", R"({"email":"4111222233334444"})"),
            R"({"email":"***4444"})");
  EXPECT_EQ(redacted("{ mask: { keep_last: 2 } }", "{\"email\":\"xxä€\"}"),
            "{\"email\":\"***ä€\"}");
  EXPECT_EQ(redacted("{ mask: {} }", R"({"email":"secret"})"), R"({"email":"***"})");
  // Most of a short value would be all of it.
  EXPECT_EQ(redacted("{ mask: { keep_last: 4 } }", R"({"email":"1234567"})"), R"({"email":"***"})");
  EXPECT_EQ(redacted("{ mask: { keep_last: 4 } }", R"({"email":{"street":"x"}})"),
            R"({"email":"***"})");
  EXPECT_EQ(redacted("{ mask: {} }", R"({"email":null})"), R"({"email":null})");
}

TEST_F(RedactionTest, an_hmac_is_openssls_of_the_value_as_it_is_spelled) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  const std::string value = "ada@example.com";
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(value.data()), value.size(), bytes.data(), &size);
  std::string expected;
  for (unsigned at = 0; at < size; ++at) expected += fmt::format("{:02x}", bytes.at(at));
  const auto object = "{\"email\":\"" + expected + "\"}";
  EXPECT_EQ(redacted("{ hmac: { key: hashing } }", R"({"email":"ada@example.com"})"), object);
  EXPECT_EQ(
      redacted("{ hmac: { key: hashing, spelling: email } }", R"({"email":" Ada@Example.COM "})"),
      object);
  EXPECT_NE(redacted("{ hmac: { key: hashing } }", R"({"email":"Ada@Example.COM"})"), object);
  EXPECT_EQ(
      redacted("{ hmac: { key: hashing, spelling: phone } }", R"({"email":"+49 (30) 12-34"})"),
      redacted("{ hmac: { key: hashing, spelling: phone } }", R"({"email":"+49301234"})"));
}

// Opened by OpenSSL, with the key as policy/key_ring.h says it is made.
TEST_F(RedactionTest, a_token_leads_back_for_who_has_the_key) {
  const auto object = redacted("{ tokenize: { key: hashing } }", R"({"email":"ada@example.com"})");
  ASSERT_TRUE(object.starts_with(R"({"email":"tok_)")) << object;
  EXPECT_EQ(object, redacted("{ tokenize: { key: hashing } }", R"({"email":"ada@example.com"})"));
  const auto digits = object.substr(14, object.size() - 16);
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  std::array<unsigned char, EVP_MAX_MD_SIZE> token_key;
  unsigned size = 0;
  const std::string_view use = "wakestream token";
  HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(use.data()), use.size(), token_key.data(), &size);
  auto* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr);
  auto* context = EVP_CIPHER_CTX_new();
  std::string plain(bytes.size() - 16, '\0');
  int length = 0;
  EXPECT_EQ(EVP_DecryptInit_ex2(context, cipher, token_key.data(), nullptr, nullptr), 1);
  EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, bytes.data()), 1);
  EXPECT_EQ(EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(plain.data()), &length,
                              reinterpret_cast<const unsigned char*>(bytes.data()) + 16,
                              static_cast<int>(bytes.size()) - 16),
            1);
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
  EXPECT_EQ(plain, "ada@example.com");
}

TEST_F(RedactionTest, an_empty_text_has_no_token) {
  EXPECT_EQ(redacted("{ tokenize: { key: hashing } }", R"({"email":""})"), R"({"email":null})");
}

struct Case {
  const char* to;
  const char* value;
  const char* expected;
};

TEST_F(RedactionTest, what_is_generalized_is_less_exact_and_what_does_not_fit_is_null) {
  for (const auto& one : std::vector<Case>{
           {"year", R"("1984-05-06")", R"("1984")"},
           {"year", R"("1984-05-06T10:00:00Z")", R"("1984")"},
           {"month", R"("1984-05-06")", R"("1984-05")"},
           {"year", R"("06.05.1984")", "null"},
           {"year", R"("")", "null"},
           {"year", "1984", "null"},
           {"prefix, size: 3", R"("10115")", R"("101")"},
           {"prefix, size: 3", "\"äöüß\"", "\"äöü\""},
           {"prefix, size: 30", R"("10115")", R"("10115")"},
           {"prefix, size: 3", "10115", "null"},
           {"email_domain", R"("ada@example.com")", R"("example.com")"},
           {"email_domain", R"("ada")", "null"},
           {"email_domain", R"("@example.com")", "null"},
           {"bucket, size: 100", "1234", "1200"},
           {"bucket, size: 100", "-1", "-100"},
           {"bucket, size: 100", "0", "0"},
           {"bucket, size: 100", "12.5", "null"},
           {"bucket, size: 100", "99999999999999999999", "null"},
           {"bucket, size: 100", "-9223372036854775808", "null"},
           {"members, members: [city, zip]", R"({"zip": "1", "street": "x", "city": {"a":1}})",
            R"({"city":{"a":1},"zip":"1"})"},
           {"members, members: [city]", R"({"street":"x"})", "{}"},
           {"members, members: [city]", R"(["city"])", "null"},
           {"members, members: [city]", R"("city")", "null"}}) {
    Redaction result;
    const auto action = fmt::format("{{ generalize: {{ to: {} }} }}", one.to);
    EXPECT_EQ(redacted(action, fmt::format(R"({{"email":{}}})", one.value), &result),
              fmt::format(R"({{"email":{}}})", one.expected))
        << one.to << " of " << one.value;
    EXPECT_EQ(result.unfit, std::string_view(one.expected) == "null" ? 1U : 0U) << one.value;
  }
}

TEST_F(RedactionTest, a_key_that_is_not_there_or_short_is_named_and_not_shown) {
  const auto policy = policy_of("  - { name: all, allow: pass }\n");
  unsetenv("WAKESTREAM_TEST_HASHING_KEY");
  const auto missing = KeyRing::open(policy);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().message,
            "keys.hashing: the environment variable WAKESTREAM_TEST_HASHING_KEY is not set: set it "
            "before the start");
  setenv("WAKESTREAM_TEST_HASHING_KEY", "hunter2", 1);
  const auto weak = KeyRing::open(policy);
  ASSERT_FALSE(weak);
  EXPECT_EQ(weak.error().front().message, "keys.hashing: a key has 16 bytes or more");
}

}  // namespace
}  // namespace wakestream::policy
