"""A primary and its standby, as a failover needs them: hurt by SIGKILL, promoted, and told what each has of the other's slots."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

from parts import REPOSITORY, PartFailed, Postgres, free_port, wait_until

STANDBY_SLOT = "standby1"


def kill_server(postgres):
    """SIGKILL for the postmaster and all that it started."""
    postmaster = int((Path(postgres.folder) / "data/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)  # so that it starts nobody new meanwhile
    children = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and parent_of(entry) == postmaster]
    for pid in [postmaster, *children]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until("the server is dead", lambda: not Path(f"/proc/{postmaster}").exists() or is_zombie(postmaster), 30)
    postgres.was_killed = True


def parent_of(entry):
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class ServerPair:
    """PostgreSQL 18 twice. `url` names both, the primary first."""

    def __init__(self, first_port):
        self.folder = Path(tempfile.mkdtemp(prefix="wakestream-failover-"))
        os.chmod(self.folder, 0o755)  # the servers in it may run as another user
        self.primary = Postgres(self.folder / "primary", free_port(first_port, first_port + 40), 18)
        self.standby = None

    def start(self, *primary_settings):
        self.primary.start()
        self.primary.script(REPOSITORY / "sql/setup.sql", REPOSITORY / "tests/crash/truth.sql")
        self.primary.value("SELECT pg_create_physical_replication_slot(%s, true)", STANDBY_SLOT)
        self.standby = self.primary.standby(self.folder / "standby", free_port(self.primary.port + 1, self.primary.port + 60))
        self.set(self.standby, "hot_standby_feedback = on", f"primary_slot_name = '{STANDBY_SLOT}'")
        wait_until("the standby uses its slot", lambda: self.primary.slot_active(STANDBY_SLOT), 30)
        if primary_settings:
            self.set(self.primary, *primary_settings)
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        self.url = f"postgresql://wakestream@{hosts}/postgres?target_session_attrs=read-write"
        self.both = Postgres(self.folder, self.primary.port, 18)
        self.both.dsn = (f"host=127.0.0.1,127.0.0.1 port={self.primary.port},{self.standby.port} user=postgres dbname=postgres "
                         "target_session_attrs=read-write")

    def stop(self):
        for server in (self.standby, self.primary):
            # One that was killed may still be there for pg_ctl, until its parent has asked after it.
            if server is not None and not getattr(server, "was_killed", False):
                server.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def set(server, *settings):
        connection = server.connect()
        with connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(f"ALTER SYSTEM SET {setting}")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()

    def sync_slots(self, slot="wakestream"):
        self.standby.copy_slot_of(self.primary, slot)

    def cut_standby_off(self):
        """It gets nothing more, and stays a standby."""
        self.set(self.standby, "primary_conninfo = ''")
        wait_until("the standby receives nothing", lambda: not self.primary.slot_active(STANDBY_SLOT), 30)

    def promote(self):
        if not self.standby.value("SELECT pg_promote(true, 30)"):
            raise PartFailed("the standby was not promoted in 30 s")
