// What a column is about, by its name: a guess for a person to look over. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cdc/catalog/catalog.h"

namespace wakestream::init {

enum class Meaning : std::uint8_t {
  email,
  phone,
  address,
  name,
  birth,
  identity,  // a number that a state gives a person
  device,    // an IP address
  consent,
  jurisdiction,
  banner,
  parent,
  version,
  tier,
  status,
  balance,
  secret,       // never to be sent anywhere
  bookkeeping,  // created_at, updated_at: no change by itself
  other,
};

// "CustomerAddress_2" and "customer_addresses2" are customer, address: lower case, in words,
// without a plural's s.
std::vector<std::string> words_of(std::string_view name);

Meaning meaning_of(const cdc::ColumnFacts& column);

// The tag for COMMENT ON COLUMN, or empty where the column is no personal data by its name.
std::string_view pii_tag(Meaning meaning);

// What a change of it is called: "email" of email_changed. Empty: by no name of its own.
std::string_view change_of(Meaning meaning);

}  // namespace wakestream::init
