"""Who may include whom: the folder table of docs/architecture.md, as data.

A part is a folder with what lies below it, until a longer name takes over: `cdc` is cdc/*.h and cdc/*.cc and every folder
below it that has no line of its own.
"""

# Part -> parts (or single headers) that it may include. Every part may include itself.
MAY_INCLUDE = {
    "cdc": [],
    "cdc/pgoutput": ["cdc"],
    "cdc/stream": ["cdc", "cdc/pgoutput"],
    # The session moves bytes: it knows neither messages nor transactions. Its frames are read as carefully as they are.
    "cdc/session": ["cdc", "cdc/pgoutput/wire_reader.h"],
    "cdc/catalog": ["cdc", "cdc/session"],
    "cdc/snapshot": ["cdc", "cdc/session"],
    "yaml": [],
    "keys": [],
    "mapping": ["cdc", "yaml"],
    "policy": ["keys", "mapping", "yaml"],
    # Records are bytes to the log; the words that it shares are the LSN and the time of day.
    "log": ["cdc/lsn.h", "cdc/wall_time.h"],
    "log/kafka": ["log", "cdc/lsn.h", "cdc/wall_time.h"],
    "log/embedded": ["log", "cdc/lsn.h", "cdc/wall_time.h"],
    "context": ["cdc", "mapping", "log"],
    "emitters": ["keys", "mapping", "yaml"],
    # Roles meet the log through its contract, never through a backend: that is what lets one suite hold both.
    "roles": ["cdc", "cdc/pgoutput", "cdc/stream", "cdc/session", "cdc/snapshot", "keys", "mapping", "policy", "log", "context", "emitters"],
    "app": ["*"],
    "app/http": ["app", "roles", "cdc", "cdc/session", "log"],
    "tests": ["*"],
    "bench": ["*"],
    "examples": ["*"],
}

# What a header outside of this repository starts with -> the parts that may include it, and what to do instead.
OUTSIDE = {
    "libpq-fe.h": (["cdc/session", "cdc/catalog", "cdc/snapshot"], "ask cdc/session/replication_session.h"),
    "openssl/": (["cdc/session", "keys", "policy"], "ask cdc/session/peer_certificate.h, or hash by keys/digest.h"),
    "pqxx/": (["cdc/session"], "ask cdc/session/replication_session.h"),
    "librdkafka/": (["log/kafka"], "write and read through log/event_log.h"),
    "rdkafka": (["log/kafka"], "include <librdkafka/rdkafka.h>, and that in log/kafka alone"),
    "sqlite3.h": (["log/embedded", "context"], "write and read through log/event_log.h"),
    "pg_query": (["mapping"], "give SQL to mapping/rule_set.h"),
    "gmp": (["mapping"], "calculate through mapping/numeric_arithmetic.h"),
    "curl/": (["emitters"], "what leaves by HTTP goes through an emitter"),
    "yaml-cpp/": (["app", "emitters", "mapping", "policy", "yaml"], "configuration is read in app/ and handed on as plain structs"),
    "httplib.h": (["app/http"], "serve through app/http/http_server.h"),
    "prometheus/": (["app/http"], "libraries count in plain values (roles/capture/capture_facts.h); app/http makes metrics of them"),
    "CLI/": (["app"], "the command line is app/'s"),
    "spdlog/": (["app"], "libraries never log: return an error, or tell an observer"),
    "iostream": (["app"], "libraries never print: return it"),
}

# May include anything from outside: they are not part of the program.
FREE_OF_OUTSIDE = ["tests", "bench", "examples"]

LINES_MAX = 400
# Files that are longer, and may only shrink: path -> lines. Empty is how it should be.
LONGER = {}

# A name that says nothing about what is inside; files become dumps under it.
EMPTY_NAMES = ["util", "utils", "utility", "utilities", "common", "helper", "helpers", "manager", "managers", "misc"]
