"""Memory does not grow with a transaction or a backlog: less than 64 MiB resident, on both logs, at full speed.

Both logs drain the same WAL at once: a transaction of 1,000,000 rows, and then a backlog of wide rows, whose batches reach
their limit of 6 MiB before that of 10,000 records. What counts is the process's own high-water mark (VmHWM).
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

from parts import REPOSITORY, VENV_PYTHON, Kafka, Postgres, Program, free_port

BINARY = os.environ.get("WAKESTREAM_BINARY", REPOSITORY / "build/dev/app/wakestream")
RESIDENT_MIB_MAX = 64
LARGE_ROWS, WIDE_ROWS = 1_000_000, 60_000

TABLE = """
CREATE TABLE graph.bulk (
  account_id bigint NOT NULL, version bigint NOT NULL, banner text NOT NULL DEFAULT 'banner-a',
  jurisdiction text NOT NULL DEFAULT 'DE', consent jsonb, note text);
ALTER PUBLICATION wakestream ADD TABLE graph.bulk;
"""
RULE = """
CREATE VIEW customer.created AS
SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, new.note FROM graph.bulk WHERE op = 'INSERT';
"""
# In transactions of 1 to 2,000 rows of a kilobyte.
WIDE = f"""
DO $$
DECLARE
  done int := 0;
  size int := 1;
BEGIN
  WHILE done < {WIDE_ROWS} LOOP
    INSERT INTO graph.bulk (account_id, version, note)
    SELECT done + n, 2, repeat(md5(n::text), 32) FROM generate_series(1, least(size, {WIDE_ROWS} - done)) n;
    COMMIT;
    done := done + size;
    size := size * 7 % 2000 + 1;
  END LOOP;
END $$;
"""


def resident_mib_max(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


class MemoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="wakestream-memory-"))
        os.chmod(cls.folder, 0o755)  # the PostgreSQL in it may run as another user
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.postgres = Postgres(cls.folder / "postgres", free_port(25220, 25240))
        cls.postgres.start()
        cls.addClassCleanup(cls.postgres.stop, "immediate")
        cls.postgres.script(REPOSITORY / "sql/setup.sql")
        cls.do(TABLE)
        cls.kafka = Kafka(cls.folder / "kafka", free_port(25240, 25260))
        cls.kafka.start()
        cls.addClassCleanup(cls.kafka.stop, kill=True)
        (cls.folder / "rules.sql").write_text(RULE)
        cls.programs = {"embedded": cls.start("embedded", {"embedded": {"path": str(cls.folder / "log")}}),
                        "kafka": cls.start("kafka", {"kafka": {"brokers": cls.kafka.brokers, "event_partitions": 4}})}
        for slot, program in cls.programs.items():
            cls.postgres.wait_for_stream(program, slot=slot)

    @classmethod
    def do(cls, statement):
        connection = cls.postgres.connect()
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    @classmethod
    def start(cls, name, log):
        config = cls.folder / f"{name}.yaml"
        config.write_text(json.dumps({  # JSON is YAML
            "pipeline": name, "log": log, "rules": [str(cls.folder / "rules.sql")],
            "source": {"url": f"postgresql://wakestream@127.0.0.1:{cls.postgres.port}/postgres", "slot_name": name,
                       "slot": "create", "publication": "wakestream"}}))
        program = Program(BINARY, config, cls.folder / f"{name}.log")
        program.start()
        cls.addClassCleanup(program.kill)
        return program

    def drain(self, statement):
        self.do(statement)
        for slot, program in self.programs.items():
            self.postgres.wait_until_confirmed(program, deadline_s=300, slot=slot)
        resident = {name: resident_mib_max(program.pid) for name, program in self.programs.items()}
        print(", ".join(f"{name} {mib:.1f} MiB" for name, mib in resident.items()), end=" ... ", flush=True)
        for name, mib in resident.items():
            self.assertLess(mib, RESIDENT_MIB_MAX, f"resident in MiB on the {name} log")

    def test_1_a_transaction_of_a_million_rows(self):
        self.drain("INSERT INTO graph.bulk (account_id, version) SELECT n, 1 FROM generate_series(1, 1000000) n")
        self.assertEqual(self.events_embedded(), LARGE_ROWS)
        self.assertGreaterEqual(self.offsets_kafka(), LARGE_ROWS)

    def test_2_a_backlog_of_wide_rows_at_full_speed(self):
        before = self.events_embedded()
        self.drain(WIDE)
        self.assertEqual(self.events_embedded() - before, WIDE_ROWS)
        self.assertGreaterEqual(self.offsets_kafka(), before + WIDE_ROWS)

    def events_embedded(self):
        with sqlite3.connect(f"file:{self.folder}/log/capture.sqlite?mode=ro", uri=True) as log:
            return log.execute("SELECT count(*) FROM records WHERE topic = 'wakestream.embedded.events'").fetchone()[0]

    def offsets_kafka(self):
        """Events and transaction markers."""
        script = ("from confluent_kafka import Consumer, TopicPartition\n"
                  f"consumer = Consumer({{'bootstrap.servers': '{self.kafka.brokers}', 'group.id': 'count'}})\n"
                  "print(sum(consumer.get_watermark_offsets(TopicPartition('wakestream.kafka.events', number))[1] for number in range(4)))")
        return int(subprocess.run([str(VENV_PYTHON), "-c", script], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    unittest.main()
