// What can go wrong in the event log. A kind says what happened; what to do is the role's decision.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace wakestream::log {

enum class ErrorKind {
  // Nothing was written, and nothing is in doubt:
  unreachable,  // no broker answers; the file's folder cannot be opened now: try again
  held,         // another writer holds this log and is alive (embedded); the message names its pid
  untrusted,    // TLS: a certificate was not accepted; who puts it right may never come here
  denied,       // credentials, ACL, file permission
  topic_missing,   // and we may not create it
  topic_shape,     // partitions or settings differ from what is needed
  bad_option,      // the configuration cannot work
  record_too_big,  // a record beyond what the log can hold; the message names topic and size
  removed,         // retention took what a reader wanted next; the message names the offsets
  corrupt,  // what is stored cannot be read back: a format version or a file that is not ours
  // The outcome of a transaction is unknown; the writer must be closed and never used again:
  in_doubt,  // error, deadline, fenced, disk full, lost reply
};

struct Error {
  ErrorKind kind;
  std::string message;  // never a record's value
};

template <class T>
using Result = tl::expected<T, Error>;

}  // namespace wakestream::log
