// The ways out of a refusal: what an operator may decide about a checkpoint, and what each decision
// costs, said before anything is done.
//
// Pure. `Situation` is what was found; the answer is the record to be written and its consequences,
// or a sentence that says why this is not the way. Whoever writes the record holds the lease and
// the log's writer, as a capture would, and has read the situation after that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "roles/capture/checkpoint.h"
#include "roles/capture/consequence.h"
#include "roles/capture/settings.h"
#include "roles/capture/start_preview.h"

namespace wakestream::capture {

struct Change {
  Checkpoint checkpoint;
  std::vector<Consequence> consequences;
};
using ChangeResult = tl::expected<Change, std::string>;

// The newest event of the log, as its id names it: looked for when the checkpoint is lost.
struct NewestEvent {
  std::uint32_t epoch = 0;
  cdc::Lsn commit_lsn;
};

// Everything that commits before `to` is taken for done, and nothing behind it. The slot must be
// able to go there.
ChangeResult set_position(const Settings& settings, const Situation& situation, cdc::Lsn to);

// A new epoch on the server as it is: a promoted one that lacks emitted commits, one that was
// restored, another cluster. Ids of what comes sort behind all that the log has.
ChangeResult raise_epoch(const Settings& settings, const Situation& situation);

// The configured slot, where it stands, is what the pipeline reads from now on; a slot that is
// missing or of no use is made anew by the next start. Also when the checkpoint is lost: `newest`
// is then the log's newest event, if there is one.
ChangeResult adopt_slot(const Settings& settings, const Situation& situation,
                        const std::optional<NewestEvent>& newest);

}  // namespace wakestream::capture
