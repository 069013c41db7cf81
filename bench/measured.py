"""A process under observation: its CPU time and its largest resident set."""
import os
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 0.02


def cpu_seconds(pid):
    """User and system time of all threads; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except (FileNotFoundError, ProcessLookupError):
        return None


def resident_bytes_max(pid):
    """wait4 would count the Python that forked it: a child starts with its parent's high-water mark. /proc does not."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return None


class Process:
    """Runs a program with its output in a file; samples it until it is told to stop, or ends."""

    def __init__(self, command, output_path, environment=None):
        self.output_path = output_path
        with open(output_path, "wb") as output:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                          env={**os.environ, **(environment or {})})
        self.cpu_s, self.resident_bytes, self.status = 0.0, 0, None
        self.watched_pid = None  # of the server's process at the other end
        self.watched_cpu_s = 0.0
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def _sample(self):
        while not self._ended.wait(SAMPLE_S):
            self.resident_bytes = max(self.resident_bytes, resident_bytes_max(self.child.pid) or 0)
            if self.watched_pid:
                self.watched_cpu_s = max(self.watched_cpu_s, cpu_seconds(self.watched_pid) or 0.0)

    def cpu_now(self):
        return cpu_seconds(self.child.pid) or self.cpu_s

    def running(self):
        if self.status is None:
            pid, status, usage = os.wait4(self.child.pid, os.WNOHANG)
            if pid:
                self._ended_with(status, usage)
        return self.status is None

    def wait(self, timeout_s):
        """Until it ends by itself; its status, or an error when that takes too long."""
        deadline = time.monotonic() + timeout_s
        while self.running():
            if time.monotonic() > deadline:
                self.end()
                raise RuntimeError(f"still running after {timeout_s} s: {self.tail()}")
            time.sleep(0.002)
        return self.status

    def end(self):
        """SIGTERM, and SIGKILL when that is not heard."""
        if not self.running():
            return self.status
        self.child.terminate()
        deadline = time.monotonic() + 15
        while self.running():
            if time.monotonic() > deadline:
                self.child.kill()
            time.sleep(0.01)
        return self.status

    def _ended_with(self, status, usage):
        self._ended.set()
        self.status = os.waitstatus_to_exitcode(status)
        self.child.returncode = self.status
        self.cpu_s = usage.ru_utime + usage.ru_stime

    def tail(self):
        with open(self.output_path, encoding="utf-8", errors="replace") as output:
            return "".join(output.readlines()[-8:]).strip()
