#include "app/init/column_meaning.h"

#include <algorithm>
#include <array>

#include "mapping/type.h"

namespace wakestream::init {

namespace {

struct Word {
  std::string_view word;
  Meaning meaning;
};

// The first that fits wins, so what is narrow stands before what is wide.
constexpr std::array meanings{
    Word{"password", Meaning::secret},
    Word{"passwd", Meaning::secret},
    Word{"secret", Meaning::secret},
    Word{"token", Meaning::secret},
    Word{"hash", Meaning::secret},
    Word{"salt", Meaning::secret},
    Word{"consent", Meaning::consent},
    Word{"optin", Meaning::consent},
    Word{"gdpr", Meaning::consent},
    Word{"newsletter", Meaning::consent},
    Word{"marketing", Meaning::consent},
    Word{"email", Meaning::email},
    Word{"mail", Meaning::email},
    Word{"phone", Meaning::phone},
    Word{"mobile", Meaning::phone},
    Word{"telephone", Meaning::phone},
    Word{"tel", Meaning::phone},
    Word{"fax", Meaning::phone},
    Word{"jurisdiction", Meaning::jurisdiction},
    Word{"country", Meaning::jurisdiction},
    Word{"land", Meaning::jurisdiction},
    Word{"address", Meaning::address},
    Word{"adresse", Meaning::address},
    Word{"street", Meaning::address},
    Word{"city", Meaning::address},
    Word{"zip", Meaning::address},
    Word{"postal", Meaning::address},
    Word{"postcode", Meaning::address},
    Word{"state", Meaning::address},
    Word{"birth", Meaning::birth},
    Word{"birthday", Meaning::birth},
    Word{"birthdate", Meaning::birth},
    Word{"dob", Meaning::birth},
    Word{"ssn", Meaning::identity},
    Word{"passport", Meaning::identity},
    Word{"ip", Meaning::device},
    Word{"banner", Meaning::banner},
    Word{"brand", Meaning::banner},
    Word{"tenant", Meaning::banner},
    Word{"store", Meaning::banner},
    Word{"shop", Meaning::banner},
    Word{"household", Meaning::parent},
    Word{"parent", Meaning::parent},
    Word{"family", Meaning::parent},
    Word{"person", Meaning::parent},
    Word{"version", Meaning::version},
    Word{"revision", Meaning::version},
    Word{"tier", Meaning::tier},
    Word{"level", Meaning::tier},
    Word{"segment", Meaning::tier},
    Word{"plan", Meaning::tier},
    Word{"status", Meaning::status},
    Word{"active", Meaning::status},
    Word{"balance", Meaning::balance},
    Word{"abalance", Meaning::balance},
    Word{"credit", Meaning::balance},
    Word{"point", Meaning::balance},
    Word{"created", Meaning::bookkeeping},
    Word{"updated", Meaning::bookkeeping},
    Word{"modified", Meaning::bookkeeping},
    Word{"changed", Meaning::bookkeeping},
    Word{"name", Meaning::name},
    Word{"firstname", Meaning::name},
    Word{"lastname", Meaning::name},
    Word{"surname", Meaning::name},
    Word{"title", Meaning::name},
};

// "opt_in", "last_update": two words that mean something only together.
struct Pair {
  std::string_view first;
  std::string_view second;
  Meaning meaning;
};
constexpr std::array pairs{
    Pair{"opt", "in", Meaning::consent},          Pair{"opt", "out", Meaning::consent},
    Pair{"last", "update", Meaning::bookkeeping}, Pair{"region", "code", Meaning::jurisdiction},
    Pair{"tax", "id", Meaning::identity},         Pair{"national", "id", Meaning::identity},
    Pair{"post", "code", Meaning::address},
};

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_upper(char byte) { return byte >= 'A' && byte <= 'Z'; }

void finish(std::string& word, std::vector<std::string>& words) {
  if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us"))
    word.resize(word.size() - (word.ends_with("sses") ? 2U : 1U));
  if (!word.empty()) words.push_back(std::exchange(word, {}));
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  char last = 0;
  for (const char byte : name) {
    const bool foreign = static_cast<unsigned char>(byte) >= 0x80U;  // part of a word in UTF-8
    const bool new_word = is_upper(byte) && is_letter(last) && !is_upper(last);
    if (new_word || (!is_letter(byte) && !foreign)) finish(word, words);
    if (is_letter(byte) || foreign)
      word += is_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
    last = byte;
  }
  finish(word, words);
  return words;
}

Meaning meaning_of(const cdc::ColumnFacts& column) {
  const auto words = words_of(column.name);
  for (std::size_t at = 0; at + 1 < words.size(); ++at) {
    for (const auto& pair : pairs)
      if (words[at] == pair.first && words[at + 1] == pair.second) return pair.meaning;
  }
  for (const auto& known : meanings) {
    if (std::find(words.begin(), words.end(), known.word) == words.end()) continue;
    const bool integer = mapping::type_of_oid(column.type_oid).family == mapping::Family::integer;
    if (known.meaning == Meaning::version && !integer) continue;
    return known.meaning;
  }
  return Meaning::other;
}

std::string_view pii_tag(Meaning meaning) {
  switch (meaning) {
    case Meaning::email:
      return "user.contact.email";
    case Meaning::phone:
      return "user.contact.phone_number";
    case Meaning::address:
      return "user.contact.address";
    case Meaning::name:
      return "user.name";
    case Meaning::birth:
      return "user.demographic.date_of_birth";
    case Meaning::identity:
      return "user.government_id";
    case Meaning::device:
      return "user.device.ip_address";
    default:
      return {};
  }
}

std::string_view change_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::email:
      return "email";
    case Meaning::phone:
      return "phone";
    case Meaning::address:
      return "address";
    case Meaning::name:
      return "name";
    case Meaning::consent:
      return "consent";
    case Meaning::jurisdiction:
      return "jurisdiction";
    case Meaning::banner:
      return "banner";
    case Meaning::parent:
      return "parent";
    case Meaning::tier:
      return "tier";
    case Meaning::status:
      return "status";
    case Meaning::balance:
      return "balance";
    case Meaning::secret:
    case Meaning::bookkeeping:
    case Meaning::version:
      return {};
    default:
      return "details";
  }
}

}  // namespace wakestream::init
