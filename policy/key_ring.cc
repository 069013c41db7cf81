#include "policy/key_ring.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <memory>
#include <stdexcept>

#include "keys/digest.h"
#include "policy/policy.h"
#include "yaml/section.h"

namespace wakestream::policy {

namespace {

constexpr std::size_t siv_tag_bytes = 16;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string siv_encrypted(std::string_view key, std::string_view text) {
  const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr), &EVP_CIPHER_free);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string out(siv_tag_bytes + text.size(), '\0');
  auto* const tag = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  int end_size = 0;
  if (cipher == nullptr || context == nullptr ||
      EVP_EncryptInit_ex2(context.get(), cipher.get(), bytes_of(key), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), tag + siv_tag_bytes, &size, bytes_of(text),
                        static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), tag + siv_tag_bytes + size, &end_size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, siv_tag_bytes, tag) != 1)
    throw std::runtime_error("AES-256-SIV failed");
  return out;
}

}  // namespace

tl::expected<KeyRing, std::vector<yaml::Problem>> KeyRing::open(const Policy& policy) {
  const auto& definition = policy.definition();
  KeyRing ring;
  yaml::Problems problems(policy.file(), "");
  for (const auto key : numbers_of(definition.keys.size())) {
    const auto& name = definition.keys.name(key);
    YAML::Node node(YAML::NodeType::Map);
    node[name] = definition.key_references[key];
    yaml::YamlSection section(node, "keys", problems);
    const auto before = problems.count();
    ring.keys_.push_back(section.text(name));
    if (ring.keys_.back().size() < key_bytes_min && problems.count() == before)
      problems.add(node.Mark(),
                   fmt::format("keys.{}: a key has {} bytes or more", name, key_bytes_min));
  }
  if (!problems.none()) return tl::unexpected(problems.take());
  return ring;
}

std::string KeyRing::hmac(NameId key, std::string_view text) const {
  return keys::hex(keys::hmac_sha256(keys_[key], text));
}

std::string KeyRing::token(NameId key, std::string_view text) const {
  return "tok_" + keys::hex(siv_encrypted(keys::hmac_sha512(keys_[key], "wakestream token"), text));
}

}  // namespace wakestream::policy
