// Asks a person on a terminal, with the proposal as what Enter answers.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <tl/expected.hpp>

#include "app/init/proposal.h"

namespace wakestream::init {

// Fills in what `choices` leaves open. An error is a sentence: the input ended, or nothing can be
// proposed.
tl::expected<Choices, std::string> ask(const cdc::Catalog& catalog, Choices choices,
                                       std::istream& in, std::ostream& out);

}  // namespace wakestream::init
