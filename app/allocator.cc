// What jemalloc is told before main: docs/adr/0015-jemalloc.md. Only the program has it, not its
// libraries or tests.

// jemalloc, jemalloc(3), "TUNING": it looks for this name in the program. One arena keeps what is
// free in one place, and what nobody needed for a fifth of a second goes back to the system:
// resident memory stays within what tests/crash/memory_test.py holds.
extern "C" {
extern const char* const malloc_conf;
[[gnu::used]] const char* const malloc_conf = "narenas:1,dirty_decay_ms:200,muzzy_decay_ms:0";
}
