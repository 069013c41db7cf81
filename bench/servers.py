"""The private servers of a benchmark: one PostgreSQL 15, one Kafka broker, gone when it ends."""
import os
import socket
import subprocess

import psycopg2

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def free_port(first, count):
    """The first of `count` ports in a row on which nothing listens."""
    port = first
    while port < 65000:
        sockets = []
        try:
            for number in range(port, port + count):
                one = socket.socket()
                sockets.append(one)
                one.bind(("127.0.0.1", number))
            return port
        except OSError:
            port += count
        finally:
            for one in sockets:
                one.close()
    raise SystemExit("bench: no free ports")


class Postgres:
    """fsync is off: what is measured is how the WAL is read, and the disk of the machine is nobody's concern."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.bin = subprocess.check_output([f"{ROOT}/scripts/postgres", "bin", "--version", "15"], text=True).strip()
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def __enter__(self):
        subprocess.run([f"{ROOT}/scripts/postgres", "start", "--dir", self.folder, "--port", str(self.port),
                        "-c", "fsync=off", "-c", "shared_buffers=512MB", "-c", "max_wal_size=16GB",
                        "-c", "checkpoint_timeout=1h", "-c", "autovacuum=off"], check=True)
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True
        with open(f"{ROOT}/bench/account.sql", encoding="utf-8") as script:
            self.run(script.read())
        return self

    def __exit__(self, *_):
        self.connection.close()
        subprocess.run([f"{ROOT}/scripts/postgres", "stop", "--dir", self.folder, "--mode", "immediate"], check=False)

    def run(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def row(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchone()


class Kafka:
    """Started when the first measurement asks for it."""

    def __init__(self, folder, port):
        self.folder, self.port, self.started = folder, port, False

    def __enter__(self):
        return self

    def address(self):
        if not self.started:
            subprocess.run([f"{ROOT}/scripts/kafka", "start", "--dir", self.folder, "--port", str(self.port), "--lasting"], check=True)
            self.started = True
        return f"127.0.0.1:{self.port}"

    def __exit__(self, *_):
        if self.started:
            subprocess.run([f"{ROOT}/scripts/kafka", "stop", "--dir", self.folder, "--kill"], check=False)
