"""The primary dies, or the standby that is read is promoted: it goes on without loss, or it stops and names what is gone.

Real servers of PostgreSQL 18, killed with SIGKILL under load; the checker, which knows nothing of wakestream, has the last word.
"""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

from checker import judge
from history import read_records, read_truth, to_seen
from parts import PIPELINE, REPOSITORY, Program, Reader, Workload, wait_until
from server_pair import ServerPair, kill_server

BINARY = Path(os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream"))
FIRST_PORT = 27000 + os.getpid() % 400 * 5
EVENTS_BEFORE = 300  # in the log, before anything happens
EVENTS_AFTER = 300


class FailoverCase(unittest.TestCase):
    primary_settings = ()
    source = ()

    def setUp(self):
        self.pair = ServerPair(FIRST_PORT)
        self.addCleanup(self.pair.stop)
        self.pair.start(*self.primary_settings)
        self.config = self.pair.folder / "wakestream.yaml"
        self.log = self.pair.folder / "log"
        self.config.write_text("\n".join([
            f"pipeline: {PIPELINE}", "source:", f"  url: {self.url()}", *(f"  {line}" for line in self.source),
            "log:", f"  embedded: {{ path: {self.log} }}", f"rules: [{REPOSITORY / 'sql/rules/customer.sql'}]", ""]))
        self.program = Program(BINARY, self.config, self.pair.folder / "run.log")
        self.addCleanup(self.program.kill)

    def url(self):
        return self.pair.url

    def wait_for_event(self, event, count=1, **more):
        return self.program.wait_for_event(event, 40, count, **more)

    def load(self):
        self.workload = Workload(self.pair.both, "--seed", self._testMethodName, "--members", 150, "--rate", 200, "--connections", 4,
                                 "--large-every-s", 0)
        self.addCleanup(self.workload.kill)
        self.workload.wait_until_enrolled()
        self.reader = Reader.embedded(self.log, self.pair.folder / "live.jsonl")
        self.addCleanup(self.reader.stop)
        self.wait_for_events(EVENTS_BEFORE)

    def wait_for_events(self, more):
        target = self.reader.count() + more
        wait_until(f"{more} events more are in the log", lambda: self.reader.count() >= target, 60)

    def assert_nothing_wrong(self):
        self.workload.stop()
        self.pair.standby.wait_until_confirmed(self.program)
        self.program.stop()
        self.reader.drain()
        last = Reader.embedded(self.log, self.pair.folder / "final.jsonl")
        last.drain()
        self.assertEqual(last.stop(), 0)
        connection = self.pair.standby.connect()
        truth = read_truth(connection)
        connection.close()
        verdict = judge(truth, map(to_seen, read_records(last.output)), map(to_seen, read_records(self.reader.output)))
        self.assertTrue(verdict.clean, "\n".join([verdict.line(1), *verdict.explain()]))
        self.assertGreater(verdict.changes, EVENTS_BEFORE + EVENTS_AFTER)

    def command(self, *words):
        return subprocess.run([str(BINARY), *words, "-c", str(self.config)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30)

    def run(self, result=None):
        result = super().run(result)
        if any(test is self for test, _ in result.failures + result.errors):
            print(f"\n{self.id()}: it said\n" + "\n".join(json.dumps(line) for line in self.lines_at_end))
        return result

    def doCleanups(self):
        self.lines_at_end = self.program.said()[-30:] if hasattr(self, "program") else []
        return super().doCleanups()


class PrimaryDiesTest(FailoverCase):
    """A failover slot, and a primary that sends it nothing that the standby does not have yet."""

    primary_settings = ("synchronized_standby_slots = 'standby1'",)
    source = ("failover: true",)

    def test_the_primary_is_killed_under_load_and_the_promoted_standby_is_read_on(self):
        self.program.start()
        self.wait_for_event("streaming")
        self.pair.sync_slots()
        self.load()
        self.pair.sync_slots()
        self.wait_for_events(100)
        kill_server(self.pair.primary)
        self.pair.promote()
        self.assertIn("nothing that was emitted is gone", self.wait_for_event("new_timeline")["message"])
        self.wait_for_event("streaming", count=2)
        self.wait_for_events(EVENTS_AFTER)
        self.assert_nothing_wrong()


class EmittedIsGoneTest(FailoverCase):
    """The primary streams what the standby never gets."""

    source = ("failover: true",)

    def test_it_stops_with_the_range_and_a_new_epoch_leads_out(self):
        self.program.start()
        self.wait_for_event("streaming")
        self.pair.sync_slots()
        self.pair.cut_standby_off()
        before = self.pair.primary.value("SELECT pg_current_wal_lsn()")
        gone = self.new_account(self.pair.primary)
        self.pair.primary.wait_until_confirmed(self.program)
        kill_server(self.pair.primary)
        self.pair.promote()
        self.assertEqual(self.program.wait(60), 1, self.program.last_words())
        refusal = self.program.said("refused")[-1]["message"]
        found = re.search(r"events of commits between ([0-9A-F/]+) and ([0-9A-F/]+) were emitted", refusal)
        self.assertIsNotNone(found, refusal)
        self.assertTrue(lsn(found[1]) <= lsn(before) < lsn(self.events()[gone]["lsn"]) < lsn(found[2]), refusal)
        self.assertIn("wakestream checkpoint epoch", refusal)

        # Its last record is of a writer at another server, which is taken for alive for 30 s.
        foretold = wait_until("the record is stale", lambda: self.unless_it_runs("checkpoint", "epoch"), 60, 1)
        self.assertEqual(foretold.returncode, 0, foretold.stderr)
        done = self.command("checkpoint", "epoch", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.program.start()
        self.wait_for_event("streaming", count=2)
        after = self.new_account(self.pair.standby)
        self.pair.standby.wait_until_confirmed(self.program)
        self.program.stop()
        events = self.events()
        self.assertEqual({account: events[account]["id"][:8] for account in (gone, after)}, {gone: "00000001", after: "00000002"})

    def unless_it_runs(self, *words):
        done = self.command(*words)
        return None if done.returncode == 75 else done

    def new_account(self, server):
        return server.value("INSERT INTO graph.account (banner, jurisdiction, consent, email, version) "
                            "VALUES ('banner-a', 'DE', '{}', 'a@example.com', 1) RETURNING account_id::text")

    def events(self):
        done = self.command("tail", "--until-idle", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        records = map(json.loads, done.stdout.splitlines())
        return {record["key"]: {"id": record["headers"]["ce_id"], "lsn": record["headers"]["ce_lsn"]} for record in records}


def lsn(text):
    high, _, low = text.partition("/")
    return int(high, 16) << 32 | int(low, 16)


class StandbyIsPromotedTest(FailoverCase):
    """The standby's own slot: it goes on over the promotion, and its stream says nothing of it."""

    def url(self):
        return f"postgresql://wakestream@127.0.0.1:{self.pair.standby.port}/postgres"

    def test_a_standby_that_is_promoted_while_it_is_read_loses_nothing_and_starts_again(self):
        running = self.pair.primary.connect()
        running.autocommit = False
        running.cursor().execute("INSERT INTO graph.account (banner, jurisdiction) VALUES ('banner-a', 'DE')")
        self.program.start()
        self.assertIn("SELECT pg_log_standby_snapshot() at the primary", self.wait_for_event("slot_making", count=2)["message"])
        running.close()
        self.wait_for_event("streaming", meanwhile=lambda: self.pair.primary.value("SELECT pg_log_standby_snapshot()"))
        self.load()
        kill_server(self.pair.primary)
        self.pair.promote()
        self.wait_for_event("promoted")
        self.wait_for_event("streaming", count=2)
        self.wait_for_events(EVENTS_AFTER)
        self.program.kill()
        self.program.start()
        self.wait_for_event("streaming", count=3)
        self.wait_for_events(100)
        self.assert_nothing_wrong()


if __name__ == "__main__":
    unittest.main()
