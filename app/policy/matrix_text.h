// A matrix for a terminal, and as a page of its own.
#pragma once

#include <span>
#include <string>

#include "policy/matrix.h"

namespace wakestream::app {

std::string matrix_as_text(const policy::Policy& policy,
                           std::span<const policy::ConsumerMatrix> matrices,
                           const policy::MatrixAsked& asked);
// One HTML file: nothing is fetched from elsewhere, every name is escaped.
std::string matrix_as_html(const policy::Policy& policy,
                           std::span<const policy::ConsumerMatrix> matrices,
                           const policy::MatrixAsked& asked);

}  // namespace wakestream::app
