#include "roles/deliver/deliver_words.h"

namespace wakestream::deliver {

const reading::Words deliver_words{
    .in_doubt = "deliver_in_doubt",
    .waiting = "deliver_waiting",
    .log_away = "deliver_log_away",
    .refused = "deliver_refused",
    .back = "deliver_back",
    .stand_by = "deliver_stand_by",
    .stopped = "deliver_stopped",
    .is_in_doubt = "the outcome of a transaction about deliveries is unknown",
    .is_held = "another process delivers to this consumer; waiting for it to end",
    .is_away = "deliveries wait for the event log",
    .is_back = "events are delivered again",
    .is_standing_by =
        "another instance delivers to this consumer; standing by, to take over when "
        "it does so no more",
    .has_stopped = "deliveries stopped as asked"};

}  // namespace wakestream::deliver
