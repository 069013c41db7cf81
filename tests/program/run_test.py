"""`wakestream run` in ordinary life: starts, waits, restarts, ends."""

import signal
import time
import unittest

from pipeline import RULES, ProgramTest, wait_until


class LifeTest(ProgramTest):
    def test_a_change_is_in_the_log_and_postgresql_may_forget_it(self):
        program = self.start_streaming()
        account = self.database.new_account()
        self.database.wait_until_confirmed(program)
        event, = self.tail()
        self.assertEqual((event["key"], event["headers"]["ce_type"]), (account, "customer.created"))
        self.assertEqual(event["value"]["email"], "a@example.com")

    def test_an_idle_pipeline_does_not_pin_wal_of_tables_that_it_does_not_read(self):
        program = self.start_streaming()
        self.database.do("CREATE TABLE other AS SELECT generate_series(1, 100000) AS x")
        self.database.wait_until_confirmed(program)
        self.assertEqual(self.tail(), [])

    def test_sigterm_ends_it_with_0_and_nothing_is_read_twice(self):
        program = self.start_streaming()
        for count in range(1, 4):
            self.database.new_account()
            program.stop()
            self.assertEqual(program.exit_code(), 0)
            program.start()
            self.wait_for_event(program, "starting", count=count + 1)
        self.database.wait_until_confirmed(program)
        ids = [event["headers"]["ce_id"] for event in self.tail()]
        self.assertEqual(len(ids), 3)
        self.assertEqual(ids, sorted(set(ids)))

    def test_sigint_ends_it_as_well(self):
        program = self.start_streaming()
        program.signal(signal.SIGINT)
        self.assertEqual(program.wait(10), 0)

    def test_sigterm_in_the_middle_of_a_large_transaction(self):
        program = self.start_streaming()
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version) SELECT 'banner-a', 'DE', 1 "
                         "FROM generate_series(1, 200000)")
        time.sleep(0.5)
        program.stop(10)
        program.start()
        self.wait_for_event(program, "streaming", count=2)
        self.database.wait_until_confirmed(program)
        done = self.command("tail", "--until-idle", "1", "--pretty")
        self.assertEqual(len(done.stdout.splitlines()), 200000)

    def test_a_restart_of_postgresql_is_waited_out(self):
        program = self.start_streaming()
        self.database.new_account("before@example.com")
        for count, mode in enumerate(("fast", "immediate"), start=2):
            self.server.restart(mode)
            self.wait_for_event(program, "streaming", count=count)
        self.database.new_account("after@example.com")
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["value"]["email"] for event in self.tail()], ["before@example.com", "after@example.com"])

    def test_postgresql_can_be_stopped_while_it_streams(self):
        # A client that does not confirm would hold up a fast shutdown.
        self.start_streaming()
        for _ in range(20):
            self.database.new_account()
        began = time.monotonic()
        self.server.stop("fast")
        took = time.monotonic() - began
        self.server.start()
        self.assertLess(took, 10)

    def test_a_second_instance_waits_for_the_lease_names_its_holder_and_takes_over(self):
        first = self.start_streaming(name="first")
        second = self.start(name="second")
        waiting = self.wait_for_event(second, "lease_waiting")
        self.assertIn(str(self.database.slot("active_pid")), str(waiting))
        self.database.new_account("first@example.com")
        self.database.wait_until_confirmed(first)
        first.kill()
        self.wait_for_event(second, "streaming")
        self.database.new_account("second@example.com")
        self.database.wait_until_confirmed(second)
        self.assertEqual(len(self.tail()), 2)

    def test_a_waiting_instance_ends_at_sigterm_too(self):
        self.start_streaming(name="first")
        second = self.start(name="second")
        self.wait_for_event(second, "lease_waiting")
        second.stop(10)

    def test_two_pipelines_read_one_database(self):
        first = self.start_streaming(name="first")
        config = self.configure("other.yaml", source=["slot_name: other"], log=f"embedded: {{ path: {self.place / 'other'} }}",
                                pipeline="other")
        self.start_streaming(config, name="second")
        self.database.new_account()
        self.database.wait_until_confirmed(first)
        wait_until("the other has it too", lambda: self.tail(config=config))
        self.assertEqual(self.tail()[0]["headers"]["ce_id"], self.tail(config=config)[0]["headers"]["ce_id"])


class QuarantineTest(ProgramTest):
    RULE = ("CREATE VIEW customer.points_given AS SELECT new.account_id, new.version, new.banner, new.jurisdiction, "
            "new.consent, new.phone::integer AS points FROM graph.account WHERE op = 'INSERT';\n")

    def test_a_row_whose_value_does_not_fit_is_quarantined_and_the_rest_goes_on(self):
        config = self.configure(rules=self.rules(self.RULE + RULES.read_text()))
        program = self.start_streaming(config)
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, phone) VALUES ('banner-a', 'DE', 1, 'secret-number')")
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, phone) VALUES ('banner-a', 'DE', 1, '17')")
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["headers"]["ce_type"] for event in self.tail(config=config)],
                         ["customer.created", "customer.points_given", "customer.created"])
        row, = self.tail("quarantine", config=config)
        self.assertIn("customer.points_given", str(row))
        self.assertIn("points", str(row["headers"]))
        self.assertNotIn("secret-number", str(row["headers"]))
        self.assertNotIn("secret-number", (self.place / "run.log").read_text())
        line, = self.said(program, "quarantined")
        self.assertEqual((line["rule"], line["table"], line["column"]), ("customer.points_given", "graph.account", "points"))

    def test_a_row_beyond_its_limit_is_quarantined_without_its_values(self):
        config = self.configure(source=["row_bytes_max: 2KiB"])
        program = self.start_streaming(config)
        account = self.database.new_account("x" * 3000)
        other = self.database.new_account("y@example.com")
        self.database.wait_until_confirmed(program)
        self.assertEqual([event["key"] for event in self.tail(config=config)], [other])
        row, = self.tail("quarantine", config=config)
        self.assertIn("row_bytes_max", str(row))
        self.assertNotIn("xxx", str(row))
        self.assertIn("graph.account", str(row))
        self.assertIsNotNone(account)


if __name__ == "__main__":
    unittest.main()
