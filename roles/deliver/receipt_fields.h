// The fields of a receipt in JSON: the same in its record and in what an audit prints.
#pragma once

#include <vector>

#include "roles/capture/json_record.h"
#include "roles/deliver/receipt.h"

namespace wakestream::deliver {

void put_fields(capture::JsonWriter& json, const char* name,
                const std::vector<Receipt::Field>& fields);

}  // namespace wakestream::deliver
