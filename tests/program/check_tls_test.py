"""A server that speaks TLS, with a certificate as it should be, and with others. `db.example` is found by hostaddr: no name
service is asked, and the connection counts as one across a network."""

import os
import shutil
import subprocess
import unittest

from check_case import CheckCase
from pipeline import wait_until

SERVER_NAMES = "subjectAltName=DNS:db.example,IP:127.0.0.1"


class TlsTest(CheckCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tls = cls.folder / "tls"
        cls.tls.mkdir()
        cls.authority("authority")
        cls.authority("stranger")
        cls.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "server.key")
        cls.openssl("req", "-new", "-key", "server.key", "-subj", "/CN=db.example", "-out", "server.csr")
        (cls.tls / "names").write_text(SERVER_NAMES)
        for name, authority, days in (("right", "authority", 90), ("strange", "stranger", 90), ("expired", "authority", -1), ("ends", "authority", 3)):
            cls.openssl("x509", "-req", "-in", "server.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-days", str(days),
                        "-extfile", "names", "-out", f"{name}.pem")
        (cls.tls / "server.key").chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(cls.tls / "server.key", "postgres")

    @classmethod
    def openssl(cls, *words):
        subprocess.run(["openssl", *words], cwd=cls.tls, check=True, capture_output=True)

    @classmethod
    def authority(cls, name):
        cls.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        cls.openssl("req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN=The {name}", "-days", "90", "-out", f"{name}.pem")

    def setUp(self):
        super().setUp()
        self.serve("right")

    def serve(self, certificate):
        files = {"ssl_cert_file": self.tls / f"{certificate}.pem", "ssl_key_file": self.tls / "server.key", "ssl": "on"}
        self.admin(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in files.items()), "SELECT pg_reload_conf()")
        wait_until("the server shows the certificate", lambda: self.server.value("SHOW ssl_cert_file") == str(files["ssl_cert_file"]), 10)

    def ask(self, sslmode, authority=None, host="db.example"):
        more = f"&sslrootcert={self.tls / authority}.pem" if authority else ""
        self.config = self.configure(url=f"postgresql://wakestream@{host}:{self.server.port}/{self.database.name}?hostaddr=127.0.0.1"
                                         f"&sslmode={sslmode}{more}")
        return self.check()

    def assert_found(self, found, wanted, *fragments):
        with self.subTest(wanted):
            self.assertEqual(self.ids(found, "error", "warning"), {wanted} if wanted else set(), found)
            for fragment in fragments:
                self.assertIn(fragment, str(found["findings"]))

    def test_the_right_certificate(self):
        self.assert_found(self.ask("require"), "tls_unverified", "sslmode=require", "sslmode=verify-full")
        self.assert_found(self.ask("disable"), "tls_off")
        self.assert_found(self.ask("verify-full", "nobody"), "tls_root_missing", "nobody.pem cannot be read")
        self.assert_found(self.ask("verify-full", "authority", "elsewhere.example"), "tls_wrong_host",
                          "is for db.example, 127.0.0.1, and source.url names elsewhere.example")
        self.assert_found(self.ask("verify-full", "authority"), None)
        self.start_streaming().stop()

    def test_a_password_by_scram_over_tls_that_is_verified(self):
        self.admin("SET password_encryption = 'scram-sha-256'; ALTER ROLE wakestream PASSWORD 'open sesame'")
        self.addCleanup(self.admin, "ALTER ROLE wakestream PASSWORD NULL")
        hba = self.server.folder / "data/pg_hba.conf"
        before = hba.read_text()
        self.addCleanup(lambda: (hba.write_text(before), self.admin("SELECT pg_reload_conf()")))
        hba.write_text("host all postgres 127.0.0.1/32 trust\nhostssl all wakestream 127.0.0.1/32 scram-sha-256\n")
        self.admin("SELECT pg_reload_conf()")
        # Nothing but SCRAM over TLS can bind the channel.
        self.config = self.configure(
            url=f'"postgresql://wakestream:${{file:password}}@db.example:{self.server.port}/{self.database.name}?hostaddr=127.0.0.1'
                f'&sslmode=verify-full&sslrootcert={self.tls}/authority.pem&channel_binding=require"')
        (self.place / "password").write_text("open sesame\n")
        self.assert_found(self.check(), None)
        program = self.start_streaming()
        account = self.database.new_account()
        self.database.wait_until_confirmed(program)
        program.stop()
        self.assertEqual([event["key"] for event in self.tail()], [account])
        (self.place / "password").write_text("close sesame\n")
        self.assert_refused(self.start(name="again"), "password authentication failed")

    def test_certificates_that_are_not_right(self):
        self.serve("strange")
        for sslmode in ("verify-full", "require"):
            self.assert_found(self.ask(sslmode, "authority"), "tls_unknown_issuer", "signed by CN=The stranger", "authority.pem")
        self.assert_found(self.ask("verify-full", "stranger"), None)
        self.serve("expired")
        self.assert_found(self.ask("verify-full", "authority"), "tls_expired", "was valid until 2")
        self.serve("ends")
        self.assert_found(self.ask("verify-full", "authority"), "tls_certificate_ends")

    def test_a_server_that_does_not_speak_tls(self):
        self.admin("ALTER SYSTEM RESET ssl", "SELECT pg_reload_conf()")
        wait_until("TLS is off", lambda: self.server.value("SHOW ssl") == "off", 10)
        for sslmode in ("require", "verify-full"):
            self.assert_found(self.ask(sslmode, "authority"), "tls_refused", "ALTER SYSTEM SET ssl = on", f"sslmode={sslmode}")

    def test_a_server_that_wants_a_certificate_or_at_least_tls(self):
        hba = self.server.folder / "data/pg_hba.conf"
        before = hba.read_text()
        self.addCleanup(lambda: (hba.write_text(before), self.admin("SELECT pg_reload_conf()")))
        hba.write_text("host all postgres 127.0.0.1/32 trust\nhostssl all wakestream 127.0.0.1/32 cert\n")
        self.admin(f"ALTER SYSTEM SET ssl_ca_file = '{self.tls / 'authority.pem'}'", "SELECT pg_reload_conf()")
        wait_until("the server has read it", lambda: self.ids(self.ask("verify-full", "authority"), "error"), 10)
        self.assert_found(self.ask("verify-full", "authority"), "tls_client_certificate", "sslcert=")
        self.assert_found(self.ask("disable"), "no_hba_entry", "hostssl")


if __name__ == "__main__":
    unittest.main()
