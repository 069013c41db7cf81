// librdkafka's configuration, in three layers: our defaults, what the operator set, and what
// exactly-once hangs on.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "log/kafka/kafka_log.h"
#include "log/kafka/rdkafka_ptr.h"

namespace wakestream::log::kafka {

using Settings = std::initializer_list<std::pair<const char*, std::string>>;

// `defaults` may be changed by options.options; `required` may not. An option that exactly-once
// forbids to set, or that librdkafka does not take, is ErrorKind::bad_option.
Result<ConfPtr> make_conf(const KafkaOptions& options, Settings defaults, Settings required);

}  // namespace wakestream::log::kafka
