"""The repository keeps its own rules; and each rule finds what it is for, shown by a tree that breaks it."""
import os
import subprocess
import unittest

import rules
import table

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_TEXT = (".png", ".jpg", ".bin", ".wal", ".sqlite")


def repository():
    """Every text file that is, or could be, committed. Without git (a source archive) all but what is built and fetched."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        paths = listed.stdout.decode().split("\0")
    else:
        paths = [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, names in os.walk(ROOT) for name in names]
        paths = [path for path in paths if path.split("/")[0] not in ("build", ".cache", ".git")]
    tree = {}
    for path in sorted(set(paths)):
        # Fuzz seeds are bytes whose every bit is meant.
        if not path or path.endswith(NOT_TEXT) or path.startswith("tests/fuzz/corpus/") or "__pycache__" in path:
            continue
        full_path = os.path.join(ROOT, path)
        if os.path.isfile(full_path) and not os.path.islink(full_path):
            with open(full_path, encoding="utf-8", newline="") as file:
                tree[path] = file.read()
    return tree


class RepositoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = repository()

    def test_the_repository_was_read(self):
        self.assertIn("cdc/lsn.h", self.tree)
        self.assertIn("tests/tidy/rules.py", self.tree)


def keeps(rule):
    def test(self):
        findings = list(rule(self.tree))
        if findings:
            self.fail(f"{len(findings)} finding(s)\n  " + "\n  ".join(findings))
    return test


for _rule in rules.RULES:
    setattr(RepositoryTest, f"test_keeps_{_rule.__name__}", keeps(_rule))


class RulesTest(unittest.TestCase):
    """Each rule against a tree that breaks it, and against its nearest neighbour that does not."""

    def finds(self, rule, tree, *words):
        findings = list(rule(tree))
        self.assertEqual(len(findings), 1, f"{rule.__name__} on {tree}: {findings}")
        for word in words:
            self.assertIn(word, findings[0])

    def passes(self, rule, tree):
        self.assertEqual(list(rule(tree)), [])

    def test_an_edge_that_the_table_does_not_have(self):
        headers = {"cdc/lsn.h": "", "cdc/row_change.h": "", "mapping/event.h": "", "log/event_log.h": "",
                   "cdc/session/replication_session.h": "", "log/kafka/client.h": "", "cdc/stream/transaction_stream.h": ""}
        broken = [("cdc/a.cc", "mapping/event.h"), ("cdc/stream/a.cc", "cdc/session/replication_session.h"),
                  ("cdc/session/a.cc", "cdc/stream/transaction_stream.h"), ("log/a.cc", "cdc/row_change.h"),
                  ("mapping/a.cc", "log/event_log.h"), ("roles/capture/a.cc", "log/kafka/client.h"),
                  ("log/embedded/a.cc", "log/kafka/client.h"), ("log/a.h", "log/kafka/client.h")]
        for path, target in broken:
            with self.subTest(path=path, target=target):
                self.finds(rules.include_edges, {**headers, path: f'\n#include "{target}"\n'}, f"{path}:2:", target, "may include")
        right = [("cdc/stream/a.cc", "cdc/row_change.h"), ("log/a.cc", "cdc/lsn.h"), ("log/kafka/a.cc", "log/event_log.h"),
                 ("app/a.cc", "log/kafka/client.h"), ("roles/capture/a.cc", "cdc/session/replication_session.h"),
                 ("tests/unit/log/a_test.cc", "log/kafka/client.h")]
        for path, target in right:
            with self.subTest(path=path, target=target):
                self.passes(rules.include_edges, {**headers, path: f'#include "{target}"\n'})

    def test_an_include_that_is_not_from_the_top(self):
        self.finds(rules.include_edges, {"cdc/lsn.h": "", "cdc/a.cc": '#include "lsn.h"\n'}, "from the top")

    def test_a_folder_that_the_table_does_not_know(self):
        self.finds(rules.include_edges, {"core/a.cc": "#include <string>\n"}, "lies in no folder")

    def test_a_library_outside_of_its_folder(self):
        for path, header in [("roles/capture/a.cc", "libpq-fe.h"), ("log/a.cc", "librdkafka/rdkafka.h"), ("log/kafka/a.cc", "sqlite3.h"),
                             ("app/a.cc", "pg_query.h"), ("log/kafka/a.cc", "spdlog/spdlog.h"), ("cdc/a.cc", "iostream"),
                             ("app/a.cc", "curl/curl.h"), ("log/embedded/a.cc", "rdkafka.h")]:
            with self.subTest(path=path, header=header):
                self.finds(rules.outside_headers, {path: f"#include <{header}>\n"}, f"{path}:1:", "belongs to")
        for path, header in [("cdc/session/a.cc", "libpq-fe.h"), ("tests/support/a.cc", "libpq-fe.h"), ("cdc/a.cc", "string")]:
            with self.subTest(path=path, header=header):
                self.passes(rules.outside_headers, {path: f"#include <{header}>\n"})

    def test_includes_in_a_circle(self):
        self.finds(rules.include_cycles, {"cdc/a.h": '#include "cdc/b.h"\n', "cdc/b.h": '#include "cdc/c.h"\n',
                                          "cdc/c.h": '#include "cdc/a.h"\n'}, "cdc/a.h -> cdc/b.h -> cdc/c.h -> cdc/a.h")
        self.passes(rules.include_cycles, {"cdc/a.h": '#include "cdc/b.h"\n#include "cdc/c.h"\n', "cdc/b.h": '#include "cdc/c.h"\n',
                                           "cdc/c.h": ""})

    def test_a_name_that_says_nothing(self):
        for path in ["cdc/utils.h", "mapping/string_helpers.cc", "log/connection_manager.h", "app/common.cc", "scripts/util.py"]:
            with self.subTest(path=path):
                self.finds(rules.file_names, {path: ""}, path)
        self.passes(rules.file_names, {"cdc/uncommon.h": "", "cdc/lsn.h": ""})

    def test_a_file_that_is_too_long(self):
        self.finds(rules.file_lengths, {"cdc/a.cc": "x\n" * (table.LINES_MAX + 1)}, "401 lines", "split")
        self.passes(rules.file_lengths, {"cdc/a.cc": "x\n" * table.LINES_MAX, "docs/a.md": "x\n" * 900})

    def test_a_long_file_may_only_shrink(self):
        table.LONGER["cdc/old.cc"] = 500
        self.addCleanup(table.LONGER.pop, "cdc/old.cc")
        self.passes(rules.file_lengths, {"cdc/old.cc": "x\n" * 500})
        self.finds(rules.file_lengths, {"cdc/old.cc": "x\n" * 501}, "500 are the limit")
        self.finds(rules.file_lengths, {"cdc/old.cc": "x\n" * 450}, "lower its number")
        self.finds(rules.file_lengths, {}, "is gone")

    def test_white_space_where_none_belongs(self):
        self.finds(rules.white_space, {"sql/a.sql": "a\nb \n"}, "sql/a.sql:2:")
        self.finds(rules.white_space, {"sql/a.sql": "a\r\n"}, "sql/a.sql:1:")
        self.finds(rules.white_space, {"cdc/a.cc": "\tint a;\n"}, "a tab")
        self.finds(rules.white_space, {"cdc/a.cc": "int a;"}, "no end")
        self.passes(rules.white_space, {"Makefile": "\ttrue\n", "empty": ""})

    def test_a_header_that_may_be_read_twice(self):
        self.finds(rules.pragma_once, {"cdc/a.h": "int a;\n", "cdc/b.h": "// What it is.\n#pragma once\n", "cdc/a.cc": ""}, "cdc/a.h")

    def test_what_is_true_on_one_machine_only(self):
        for text in ["cd /" + "work/main", "'/" + "home/ada/src'", "x=/" + "root/key", "https://npm." + "mirror.example.org/",
                     "index-url = https://py" + "pi.org/simple"]:
            with self.subTest(text=text):
                self.finds(rules.machine_traces, {"docs/a.md": text}, "docs/a.md:1:")
        self.passes(rules.machine_traces, {"docs/a.md": "/usr/lib/postgresql/15/bin, $D/work/log, ../root/a, /workers, https://debezium.io/\n"})

    def test_a_marker_left_behind(self):
        self.finds(rules.markers, {"cdc/a.cc": "// TO" + "DO: later\n"}, "cdc/a.cc:1:")
        self.passes(rules.markers, {"scripts/a": "mktemp -d /tmp/a.XXXXXX\n"})

    def test_a_link_to_nothing(self):
        self.finds(rules.broken_links, {"docs/a.md": "[b](b.md#part)\n"}, "b.md is not there")
        self.passes(rules.broken_links, {"docs/a.md": "[b](b.md#part) [c](../cdc) [d](https://example.org/x) [e](#part)\n",
                                         "docs/b.md": "", "cdc/lsn.h": ""})

    def test_a_script_that_is_not_python(self):
        self.finds(rules.python_syntax, {"scripts/a": "#!/usr/bin/python3\ndef f():\nreturn 1\n"}, "scripts/a:3:")
        self.passes(rules.python_syntax, {"tests/a.py": "def f():\n    return 1\n", "scripts/b": "#!/bin/bash\nif\n"})


if __name__ == "__main__":
    unittest.main()
