// Signatures as the reference library (Python's standardwebhooks 1.0.1) and openssl compute them;
// tests/program/consumer_test.py lets both check what the program sends.
#include "emitters/webhook/signature.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "keys/base64.h"
#include "keys/ed25519.h"

namespace wakestream::emitters {
namespace {

// 0, 1, 2 ... 31, as base64.
constexpr const char* symmetric = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* older = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY";
constexpr const char* asymmetric = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

std::string signature_by(std::initializer_list<const char*> texts) {
  std::vector<SigningSecret> secrets;
  for (const auto* text : texts) secrets.push_back(SigningSecret::parse(text).value());
  return webhook_signature(secrets, "msg_1", "1767323045", R"({"a":1})");
}

TEST(SignatureTest, v1_is_what_the_reference_library_says) {
  EXPECT_EQ(signature_by({symmetric}), "v1,1N/1I7DzV1cMIsGnYWhBTOQ7x+x8mXB4mJypKTenMH0=");
}

TEST(SignatureTest, v1a_is_what_openssl_says) {
  EXPECT_EQ(signature_by({asymmetric}),
            "v1a,O+0QCxY2soiiZWsy0auNMqL3JFCtVYXdexAXE3wWVIfhQ0Ms3f9kcJJ5L1xQQzckbfPHpKBEC+"
            "iQqTYiJx6zCQ==");
  EXPECT_EQ(SigningSecret::parse(asymmetric)->public_key(),
            "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
  EXPECT_EQ(SigningSecret::parse(symmetric)->public_key(), std::nullopt);
}

TEST(SignatureTest, while_a_secret_is_rotated_both_sign) {
  EXPECT_EQ(signature_by({symmetric, older}),
            "v1,1N/1I7DzV1cMIsGnYWhBTOQ7x+x8mXB4mJypKTenMH0= "
            "v1,97KeG0VPiVsgH04zJn+tbVM8qKENqN2V+hZmaU0L06k=");
}

TEST(SignatureTest, a_private_key_may_stand_with_its_public_one_and_with_no_other) {
  const auto seed = keys::base64_bytes(std::string(asymmetric).substr(5)).value();
  const auto pair = seed + keys::ed25519_public_key(seed).value();
  const auto secret = SigningSecret::parse("whsk_" + keys::base64(pair));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->signature("msg_1", "1767323045", R"({"a":1})"), signature_by({asymmetric}));
  EXPECT_FALSE(SigningSecret::parse("whsk_" + keys::base64(seed + seed)));
}

TEST(SignatureTest, a_secret_of_another_kind_or_length_is_refused) {
  for (const auto* text : {"", "whsec_", "hunter2", "whsec_AAAA", "whsk_AAAA",
                           "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
                           "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh!="})
    EXPECT_FALSE(SigningSecret::parse(text)) << text;
  EXPECT_TRUE(SigningSecret::parse("whsec_" + keys::base64(std::string(24, 'a'))));
  EXPECT_FALSE(SigningSecret::parse("whsec_" + keys::base64(std::string(23, 'a'))));
  EXPECT_TRUE(SigningSecret::parse("whsec_" + keys::base64(std::string(64, 'a'))));
  EXPECT_FALSE(SigningSecret::parse("whsec_" + keys::base64(std::string(65, 'a'))));
}

// RFC 4648, section 10.
TEST(Base64Test, is_what_the_rfc_says) {
  const std::array<std::pair<std::string, std::string>, 7> cases{{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(keys::base64(bytes), text);
    EXPECT_EQ(keys::base64_bytes(text), bytes);
    EXPECT_EQ(keys::base64_bytes(text.substr(0, text.find('='))), bytes);
  }
  for (const auto* text : {"Z", "Zg=", "Zg===", "Zh==", "Zm9v=", "Zm 9v", "Zm9-", "=Zg="})
    EXPECT_FALSE(keys::base64_bytes(text)) << text;
}

}  // namespace
}  // namespace wakestream::emitters
