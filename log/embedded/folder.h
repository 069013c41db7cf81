// The folder of an embedded log, kept as durably as the files in it.
#pragma once

#include <string>

#include "log/error.h"

namespace wakestream::log::embedded {

// Makes the folder and what is missing above it, for its owner alone (mode 0700: the log holds
// personal data), and syncs each folder that got a new entry.
Result<void> make_folder(const std::string& path);

// Makes the names of the files in it durable: an fsync of a file does not do that.
Result<void> sync_folder(const std::string& path);

// The error of a failed system call on a file or folder while the log is being opened.
Error system_error(int error_number, const std::string& doing, const std::string& path);

}  // namespace wakestream::log::embedded
