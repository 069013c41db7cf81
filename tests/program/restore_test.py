"""The database is set back: by a copy of its files, or to a point in time. It is noticed, nothing is skipped, and a new epoch goes on."""

import subprocess
import unittest
from pathlib import Path

from pipeline import Database, ProgramTest, free_port, wait_until


class RestoreTest(ProgramTest):
    version = 18

    def epoch_leads_out(self, config, database, gone):
        """It says first what it would do; then it does it, and what commits from now on has ids of the new epoch."""
        foretold = self.command("checkpoint", "epoch", config=config)
        self.assertEqual(foretold.returncode, 0, foretold.stderr)
        self.assertIn("epoch", foretold.stdout)
        done = self.command("checkpoint", "epoch", "--yes", "--why", "restored", config=config)
        self.assertEqual(done.returncode, 0, done.stderr)
        program = self.start_streaming(config, "after")
        after = database.new_account()
        database.wait_until_confirmed(program)
        program.stop()
        epochs = {record["key"]: record["headers"]["ce_id"][:8] for record in self.tail(config=config)}
        self.assertEqual({account: epochs.get(account) for account in (gone, after)}, {gone: "00000001", after: "00000002"})

    def test_a_copy_of_the_files_that_is_put_back(self):
        self.born_and_stopped()
        data, copy = Path(self.server.folder) / "data", self.folder / "copy"
        self.server.stop()
        subprocess.run(["cp", "-a", data, copy], check=True)
        self.server.start()
        program = self.start_streaming()
        gone = self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()
        self.server.stop()
        subprocess.run(["rm", "-rf", data], check=True)
        copy.rename(data)
        self.server.start()
        self.assert_refused(self.start(), "the server was set back", "wakestream checkpoint epoch")
        self.epoch_leads_out(self.config, self.database, gone)

    def test_a_restore_to_a_point_in_time(self):
        self.born_and_stopped()
        # A base backup, brought no further than to its own end.
        restored = self.server.standby(self.place / "restored", free_port(self.server.port + 1, self.server.port + 200))
        self.addCleanup(restored.stop, "immediate")
        Database(restored, "postgres").do("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        wait_until("it receives nothing", lambda: not self.server.value("SELECT count(*) FROM pg_stat_replication"))
        program = self.start_streaming()
        gone = self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()
        Database(restored, "postgres").do("SELECT pg_promote(true, 30)")
        database = Database(restored, self.database.name)
        config = self.configure("restored.yaml", url=database.url)
        # The last record is of a writer at another server, which is taken for alive for 30 s.
        refusal = self.refusal_of(self.start(config), deadline_s=60)
        self.assertIn("events of commits between", refusal)
        self.epoch_leads_out(config, database, gone)


if __name__ == "__main__":
    unittest.main()
