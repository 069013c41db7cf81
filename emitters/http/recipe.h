// One consumer's HTTP endpoint, as its recipe describes it. Plain data; recipe_reader.h reads and
// checks it, docs/consumers.md explains it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emitters/http/address_rules.h"
#include "emitters/http/answer.h"
#include "emitters/http/auth.h"
#include "emitters/http/batch.h"
#include "emitters/http/body_template.h"
#include "emitters/webhook/signature.h"

namespace wakestream::emitters {

struct NetworkRecipe {
  AddressRules addresses;
  bool plain_http = false;  // a URL may begin with http://
  std::string ca_file;      // empty: the system's
  // Who we are, in PEM; empty: nobody asks. The password is the key's.
  std::string client_cert_file;
  std::string client_key_file;
  keys::Secret client_key_password;
  keys::Secret proxy;  // empty: none, whatever the environment says
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds timeout{30};  // of a whole request
  std::size_t in_flight_max = 100;   // attempts: of a batch each of its items is one
  std::size_t answer_bytes_max = 64U << 10U;
};

struct Recipe {
  std::string method = "POST";
  TextTemplate url;
  std::vector<std::pair<std::string, TextTemplate>> headers;
  BodyTemplate body;
  Auth auth;
  std::vector<SigningSecret> webhook;  // none: not a Standard Webhook
  std::vector<AnswerRule> answers;
  std::optional<BatchRecipe> batch;  // nothing: a request an event
  NetworkRecipe network;
};

}  // namespace wakestream::emitters
