// Reads wakestream.yaml and finds everything that is wrong with it at once: unknown keys (with the
// nearest known one), wrong types, missing keys, references that cannot be resolved. Each problem
// has its line and column; none shows a value that may be a secret.
//
// ${env:NAME} and ${file:PATH} stand for an environment variable and for a file's content without
// its last newline, anywhere in a value. Relative paths are relative to the file that names them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "app/config.h"
#include "yaml/problem.h"

namespace wakestream::app {

using ConfigProblem = yaml::Problem;

std::string to_string(const ConfigProblem& problem);

using ConfigResult = tl::expected<Config, std::vector<ConfigProblem>>;

ConfigResult load_config(const std::string& path);

// source.url with its references looked up anew: a password in a file may have changed. As it was
// when they cannot be looked up now. Any thread.
Secret source_url_now(const Config& config);

// A path of the configuration in `file`: relative ones are relative to its folder. Empty stays
// empty.
std::string beside(const std::string& file, const std::string& path);

// `name` is the file's name for problems, and what relative paths are relative to.
ConfigResult parse_config(std::string_view text, const std::string& name);

}  // namespace wakestream::app
