"""SIGTERM ends `run` with 0 within ten seconds, whatever it is doing, and what was committed to the log is not read again."""

import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from pipeline import ProgramTest, wait_until

LARGE = "INSERT INTO graph.account (banner, jurisdiction, version) SELECT 'banner-a', 'DE', 1 FROM generate_series(1, 200000)"


class StopTest(ProgramTest):
    """Ten seconds are promised; the clock starts at the signal."""

    def ends(self, program):
        began = time.monotonic()
        program.stop(10)
        took = time.monotonic() - began
        self.assertLess(took, 10)
        self.assertEqual(self.said(program, "stopped")[-1]["message"], "stopped as asked")

    def test_idle(self):
        program = self.start_streaming()
        self.database.wait_until_confirmed(program)
        self.ends(program)

    def test_while_changes_come(self):
        program = self.start_streaming()
        ends = threading.Event()

        def change():
            while not ends.is_set():
                self.database.new_account()
        worker = threading.Thread(target=change)
        worker.start()
        try:
            wait_until("events come", lambda: self.command("tail", "--limit", "1").stdout)
            self.ends(program)
        finally:
            ends.set()
            worker.join()

    def test_in_a_large_transaction_of_which_parts_are_written(self):
        program = self.start_streaming()
        self.database.do(LARGE)
        wait_until("a part is in the log", lambda: self.command("tail", "--limit", "1").stdout)
        self.ends(program)
        self.assertFalse(self.database.slot_active())
        program.start()
        self.database.wait_until_confirmed(program)
        self.assertEqual(len(self.command("tail", "--pretty").stdout.splitlines()), 200000)

    def test_while_another_instance_holds_the_lease(self):
        self.start_streaming(name="first")
        program = self.start(name="second")
        self.wait_for_event(program, "lease_waiting")
        self.ends(program)

    def test_while_a_writer_at_another_server_may_be_alive(self):
        # The same PostgreSQL by its socket is another address, as a standby's would be.
        self.start_streaming(name="first").kill()
        url = f"postgresql:///{self.database.name}?host={self.server.folder}&port={self.server.port}&user=wakestream"
        program = self.start(self.configure(url=url), name="second")
        self.wait_for_event(program, "stale_waiting")
        self.ends(program)

    def test_while_the_slot_is_in_use(self):
        self.born_and_stopped()
        other = subprocess.Popen(
            ["pg_recvlogical", "-d", self.database.dsn, "--slot", "wakestream", "--start", "-f", "/dev/null",
             "-o", "proto_version=1", "-o", "publication_names=wakestream"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        wait_until("pg_recvlogical streams", self.database.slot_active)
        program = self.start()
        self.wait_for_event(program, "slot_waiting")
        self.ends(program)

    def test_while_the_slot_is_being_made_and_waits_for_a_transaction(self):
        connection = self.database.connect()
        self.addCleanup(connection.close)
        connection.autocommit = False
        connection.cursor().execute("CREATE TABLE running (x int)")
        program = self.start()
        wait_until("the slot is being made", lambda: self.database.value(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE_REPLICATION_SLOT%%' AND state = 'active'"))
        self.ends(program)

    def test_while_postgresql_refuses_connections(self):
        program = self.start(self.configure(url="postgresql://wakestream@127.0.0.1:1/postgres"))
        self.wait_for_event(program, "postgres_away")
        self.ends(program)

    def test_while_postgresql_does_not_answer_at_all(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        program = self.start(self.configure(url=f"postgresql://wakestream@127.0.0.1:{silent.getsockname()[1]}/postgres"))
        accepted, _ = silent.accept()
        self.addCleanup(accepted.close)
        self.ends(program)

    @unittest.skipUnless(os.getuid() == 0, "a name server of one's own takes root")
    def test_while_a_name_is_looked_up_and_no_name_server_answers(self):
        # libpq waits for the name inside of the C library, and nothing reaches it there.
        silent = socket.socket(type=socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.77", 53))
        names = self.place / "resolv.conf"
        names.write_text("nameserver 127.0.0.77\noptions timeout:30 attempts:3\n")
        program = self.program(self.configure(url="postgresql://wakestream@no-such-host.example/postgres"))
        program.command_prefix = ["unshare", "--mount", "sh", "-c", f'mount --bind {names} /etc/resolv.conf && exec "$@"', "sh"]
        program.start()
        silent.settimeout(20)
        silent.recv(1000)
        began = time.monotonic()
        program.stop(11)
        self.assertLess(time.monotonic() - began, 10)

    def test_while_the_walsender_hangs(self):
        program = self.start_streaming()
        walsender = int(self.database.slot("active_pid"))
        os.kill(walsender, signal.SIGSTOP)
        self.addCleanup(os.kill, walsender, signal.SIGCONT)
        self.ends(program)


class StopEmbeddedTest(ProgramTest):
    ends = StopTest.ends

    def test_while_another_process_holds_the_log(self):
        self.start_streaming(name="first")
        other = self.configure("other.yaml", source=["slot_name: other"], pipeline=self._pipeline())
        program = self.start(other, name="second")
        line = self.wait_for_event(program, "log_away", 30)
        self.assertIn("is held by", line["message"])
        self.ends(program)
        # And once more at another moment of its waiting.
        program.start()
        time.sleep(3)
        self.ends(program)

    def test_while_the_disk_is_full(self):
        disk, inside = self.small_disk("2m")
        self.config = self.configure(log=f"embedded: {{ path: {disk / 'log'} }}")
        program = self.program()
        program.command_prefix = inside
        program.start()
        self.wait_for_event(program, "streaming")
        self.database.do("INSERT INTO graph.account (banner, jurisdiction, version, email) "
                         "SELECT 'banner-a', 'DE', 1, repeat('x', 500) || i FROM generate_series(1, 5000) i")
        wait_until("it says that the disk is full", lambda: any("disk full" in line.get("message", "") for line in program.said()), 30)
        self.ends(program)


class StopKafkaTest(ProgramTest):
    ends = StopTest.ends
    with_kafka = True

    def test_while_the_broker_refuses_connections(self):
        program = self.start(self.configure(log='kafka: { brokers: "127.0.0.1:1" }'))
        self.wait_for_event(program, "log_away", 30)
        self.ends(program)
        for pause_s in (1, 4):
            program.start()
            time.sleep(pause_s)
            self.ends(program)

    def hang(self):
        """The broker takes requests and answers none."""
        pid = int((self.kafka.folder / "kafka.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(os.kill, pid, signal.SIGCONT)

    def test_while_the_broker_hangs_and_a_commit_is_on_its_way(self):
        program = self.start_streaming(self.configure(log=self.kafka_log()))
        self.database.new_account()
        self.database.wait_until_confirmed(program)
        self.hang()
        self.database.new_account()
        time.sleep(0.5)
        self.ends(program)

    def test_while_the_broker_hangs_and_it_waits_for_its_return(self):
        program = self.start_streaming(self.configure(log=self.kafka_log()))
        self.database.wait_until_confirmed(program)
        self.hang()
        self.database.new_account()
        self.wait_for_event(program, "log_away", 60)
        time.sleep(1)
        self.ends(program)

    def test_while_the_broker_hangs_at_start(self):
        self.config = self.configure(log=self.kafka_log())
        self.hang()
        program = self.start()
        self.wait_for_event(program, "starting")
        time.sleep(0.5)
        self.ends(program)
