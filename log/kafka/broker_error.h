// What an error code of librdkafka means for the log, when nothing is in doubt.
#pragma once

#include <librdkafka/rdkafka.h>

#include "log/error.h"

namespace wakestream::log::kafka {

// Whatever may heal by itself is `unreachable`.
ErrorKind kind_of(rd_kafka_resp_err_t code);

// Is it worth asking again within the deadline? Not when the answer was a clear no.
inline bool may_heal(rd_kafka_resp_err_t code) { return kind_of(code) == ErrorKind::unreachable; }

}  // namespace wakestream::log::kafka
