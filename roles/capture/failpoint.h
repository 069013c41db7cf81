// A place where a test may end the process: WAKESTREAM_FAILPOINT=<name>:<n> kills it with SIGKILL
// when it comes to the named step for the n-th time, and <name>:<n>:stop stops it with SIGSTOP, a
// moment later, so that what it handed to the log's own threads is on its way.
// Only in builds with WAKESTREAM_FAILPOINTS; in a release build these are nothing.
#pragma once

namespace wakestream::capture {

#ifdef WAKESTREAM_FAILPOINTS
void failpoint(const char* name);
#else
inline void failpoint(const char*) {}
#endif

}  // namespace wakestream::capture
