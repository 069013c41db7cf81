"""The Debian package: what is in it, and what it does on a machine, which is an overlay of this one that goes with the test."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("WAKESTREAM_BUILD", REPOSITORY / "build/dev"))
# mount, then a shell in the overlay; everything ends with it.
OVERLAY = ("mount -t tmpfs tmpfs {0} && mkdir {0}/upper {0}/work {0}/root && "
           "mount -t overlay overlay -o lowerdir=/,upperdir={0}/upper,workdir={0}/work {0}/root && "
           "cp {1} {0}/root/tmp/wakestream.deb && mount -t proc proc {0}/root/proc && mount --bind /dev {0}/root/dev && "
           "exec chroot {0}/root sh -euc {2}")


def output_of(*command, **more):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))[:200]}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="wakestream-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chmod(cls.folder, 0o755)
        output_of("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", cls.folder)
        cls.package, = cls.folder.glob("*.deb")

    def fields(self):
        return dict(re.findall(r"^ ?([A-Z][A-Za-z-]+): (.*)$", output_of("dpkg-deb", "-f", self.package), re.MULTILINE))

    def test_its_fields(self):
        fields = self.fields()
        self.assertEqual(fields["Package"], "wakestream")
        version = output_of(BUILD / "app/wakestream", "--version").split()[1]
        self.assertEqual(fields["Version"], version)
        self.assertEqual(fields["Architecture"], output_of("dpkg", "--print-architecture").strip())
        self.assertEqual(self.package.name, f"wakestream_{version}_{fields['Architecture']}.deb")

    def test_it_depends_on_every_library_that_the_program_loads(self):
        depends = set(re.findall(r"(?:^|, )([a-z0-9.+-]+)", self.fields()["Depends"]))
        self.assertLessEqual({"libpq5", "librdkafka1", "libsqlite3-0", "libjemalloc2", "libc6", "adduser"}, depends)
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-d", BUILD / "app/wakestream"))
        self.assertGreater(len(needed), 8)
        places = dict(re.findall(r"^\s*(\S+) => (/\S+)", output_of("ldd", BUILD / "app/wakestream"), re.MULTILINE))
        for library in needed:
            if library.startswith("ld-linux"):
                continue
            path = os.path.realpath(places[library])
            owner = output_of("dpkg", "-S", path.removeprefix("/usr") if not path.startswith("/usr/lib/x86") else "*" + path.split("/")[-1])
            packages = {line.split(":")[0] for line in owner.splitlines()}
            # A package may be depended on by what it provides: libspdlog1.10 is libspdlog1.10-fmt9.
            fits = any(name == package or name.startswith(package + "-") for package in packages for name in depends)
            self.assertTrue(fits, f"{library} is of {packages}, and the package depends on {depends}")

    def test_what_it_holds(self):
        listed = {}
        for line in output_of("dpkg-deb", "-c", self.package).splitlines():
            mode, owner, _, _, _, path = line.split(None, 5)
            listed[path.removeprefix(".")] = (mode, owner)
        for path, mode in {"/usr/bin/wakestream": "-rwxr-xr-x", "/lib/systemd/system/wakestream@.service": "-rw-r--r--",
                           "/usr/lib/sysusers.d/wakestream.conf": "-rw-r--r--", "/etc/wakestream/": "drwxr-xr-x",
                           "/usr/share/doc/wakestream/operations.md": "-rw-r--r--", "/usr/share/doc/wakestream/copyright": "-rw-r--r--",
                           "/usr/share/doc/wakestream/examples/wakestream.yaml": "-rw-r--r--",
                           "/usr/share/doc/wakestream/sql/rules/customer.sql": "-rw-r--r--"}.items():
            path = path if path in listed else path.replace("/lib/systemd", "/usr/lib/systemd")
            self.assertEqual(listed.get(path), (mode, "root/root"), path)
        strange = [path for path in listed if not re.match(r"/(usr|lib|etc)/", path) and path != "/"]
        self.assertEqual([path for path in strange if path not in ("/usr/", "/lib/", "/etc/")], [])

    def test_lintian_has_no_errors(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        output_of("lintian", "--fail-on", "error", self.package)

    def test_its_scripts_are_those_of_any_shell(self):
        scripts = self.folder / "scripts"
        output_of("dpkg-deb", "-e", self.package, scripts)
        for name in ("postinst", "prerm", "postrm"):
            output_of("dash", "-n", scripts / name)
            self.assertEqual((scripts / name).stat().st_mode & 0o777, 0o755)

    @unittest.skipUnless(os.getuid() == 0, "an overlay of this machine takes root")
    def test_installed_it_runs_under_its_own_user_and_a_purge_keeps_the_log(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        place = self.folder / "overlay"
        place.mkdir()
        config = (f"pipeline: shop\\nsource: {{ url: 'postgresql://127.0.0.1:{port}/shop' }}\\nlog: {{ embedded: {{ path: /var/lib/wakestream/shop }} }}"
                  "\\nrules: [/usr/share/doc/wakestream/sql/rules/customer.sql]\\n")
        as_user = "setpriv --reuid=wakestream --regid=wakestream --init-groups "
        script = "\n".join([
            "dpkg -i /tmp/wakestream.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; exit 1; }",
            "id wakestream",
            "install -d -o wakestream -g wakestream -m 0700 /var/lib/wakestream",
            f"printf \"{config}\" >/etc/wakestream/shop.yaml",
            as_user + "/usr/bin/wakestream --version",
            # Nobody answers at that port: the program says so and waits, as its own user, and ends when it is told to.
            as_user + "/usr/bin/wakestream run --config /etc/wakestream/shop.yaml --log-format json 2>/tmp/said & program=$!",
            "until grep -q postgres_away /tmp/said; do sleep 0.1; done",
            "ps -o user= -C wakestream | sort -u",
            "kill -TERM $program; wait $program",
            "grep -o 'stopped as asked' /tmp/said",
            "touch /var/lib/wakestream/kept",
            "dpkg -P wakestream >/dev/null 2>&1",
            "test ! -e /usr/bin/wakestream; ls /var/lib/wakestream /etc/wakestream"])
        words = "'" + script.replace("'", "'\\''") + "'"
        said = output_of("timeout", "120", "unshare", "--mount", "--pid", "--fork", "sh", "-euc", OVERLAY.format(place, self.package, words))
        self.assertRegex(said, r"uid=\d+\(wakestream\) gid=\d+\(wakestream\)")
        self.assertRegex(said, r"(?m)^wakestream \d+\.\d+\.\d+$")
        self.assertRegex(said, r"(?m)^wakestr")
        self.assertIn("stopped as asked", said)
        self.assertIn("kept", said)
        self.assertIn("shop.yaml", said)


class SystemdTest(unittest.TestCase):
    unit = REPOSITORY / "packaging/systemd/wakestream@.service"

    def settings(self, name):
        return re.findall(rf"^{name}=(.*)$", self.unit.read_text(), re.MULTILINE)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_understands_it_and_finds_it_closed(self):
        with tempfile.TemporaryDirectory() as folder:
            # The program lies elsewhere here.
            unit = Path(folder) / self.unit.name
            unit.write_text(self.unit.read_text().replace("/usr/bin/wakestream", "/bin/true"))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if self.unit.stem in line]), (0, []))
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", unit], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr)

    def test_it_starts_what_the_package_installs_and_gives_it_time_to_end(self):
        words = self.settings("ExecStart")[0].split()
        self.assertEqual(words[:2], ["/usr/bin/wakestream", "run"])
        done = subprocess.run([BUILD / "app/wakestream", "run", "--help"], capture_output=True, text=True, check=True)
        self.assertIn("--help", done.stdout)
        self.assertGreater(int(self.settings("TimeoutStopSec")[0]), 10)
        self.assertEqual(self.settings("User"), ["wakestream"])


class ContainerTest(unittest.TestCase):
    """There is no container engine where this runs: what can be held without one."""

    text = (REPOSITORY / "packaging/container/Containerfile").read_text()

    def instructions(self):
        joined = re.sub(r"\\\n\s*", " ", self.text)
        return [line.split(None, 1) for line in joined.splitlines() if line and not line.startswith("#")]

    def test_each_instruction_is_one(self):
        known = {"FROM", "RUN", "COPY", "WORKDIR", "USER", "VOLUME", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
        self.assertEqual({word for word, _ in self.instructions()} - known, set())
        self.assertTrue(all(rest for _, rest in self.instructions()))
        for word, rest in self.instructions():
            if word == "RUN":
                output_of("sh", "-n", "-c", rest)

    def test_what_it_runs_is_in_the_repository(self):
        self.assertIn("scripts/deps --demo", self.text)
        self.assertIn("--demo)", (REPOSITORY / "scripts/deps").read_text())
        self.assertIn('"name": "release"', (REPOSITORY / "CMakePresets.json").read_text())
        self.assertEqual(set((REPOSITORY / ".dockerignore").read_text().split()), {".git", ".cache", "build"})

    def test_it_starts_as_a_plain_user_with_words_that_the_program_takes(self):
        instructions = dict(self.instructions())
        self.assertEqual(instructions["USER"], "wakestream")
        self.assertEqual(instructions["ENTRYPOINT"], '["/usr/bin/wakestream"]')
        words = re.findall(r'"([^"]*)"', instructions["CMD"])
        done = subprocess.run([BUILD / "app/wakestream", *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)  # 2 would be usage; the file is not here
        self.assertIn("/etc/wakestream/wakestream.yaml: the file cannot be read", done.stderr)


if __name__ == "__main__":
    unittest.main()
