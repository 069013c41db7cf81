"""`wakestream consumer try`: what a recipe makes of an event, and what comes of it at real receivers, good and bad ones."""

import base64
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from pipeline import BINARY, REPOSITORY, VENV, wait_until
from receiver import Receiver, make_authority, make_certificate, unused_port

DATA = {"account_id": "4711", "version": 3, "banner": "banner-a", "email": "canary@example.com", "first_name": "Ada", "last_name": "Canary"}
EVENT = {"id": "00000001-0000000001A2B3C4-0-000000000001-0002", "type": "customer.email_changed", "subject": "4711",
         "time": "2026-01-02T03:04:05Z", "data": DATA}
NETWORK = "network: {plain_http: true, allow: [127.0.0.1, '::1'], timeout_s: 1, answer_bytes_max: 64KiB}\n"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()

VERIFY = """
import sys, json
from standardwebhooks import Webhook
given = json.load(sys.stdin)
Webhook(given["secret"]).verify(given["body"], given["headers"])
"""


class ConsumerCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)
        (self.place / "event.json").write_text(json.dumps(EVENT) + "\n")

    def receiver(self, certificate=None, client_authority=None):
        receiver = Receiver(certificate, client_authority)
        self.addCleanup(receiver.end)
        return receiver

    def try_recipe(self, text, *words, environment=None, stdin=None):
        """(exit status, stdout, stderr)"""
        (self.place / "recipe.yaml").write_text(text)
        event = self.place / "event.json" if stdin is None else "-"
        done = subprocess.run([BINARY, "consumer", "try", self.place / "recipe.yaml", "--event", event, *words, "--log-format", "text"],
                              capture_output=True, text=True, timeout=60, input=stdin, env={**os.environ, **(environment or {})})
        return done.returncode, done.stdout, done.stderr

    def outcome(self, text, **more):
        """(exit status, what was said of the outcome); nothing of the event or of a secret is in it."""
        status, said, wrong = self.try_recipe(text, "--send", **more)
        self.assertEqual(wrong, "")
        last = said.splitlines()[-1]
        self.assertNotIn("anary", last)
        self.assertNotIn("hunter2", said)
        return status, last


class TryTest(ConsumerCase):
    def test_the_request_is_shown_without_its_secrets_and_not_sent(self):
        receiver = self.receiver()
        recipe = (f"request: {{url: 'http://127.0.0.1:{receiver.port}/${{env:KEY}}/members/${{subject}}', headers: {{X-Key: '${{env:KEY}}'}}}}\n"
                  "auth: {bearer: '${env:KEY}'}\nwebhook: {secrets: ['${env:HOOK}']}\n" + NETWORK)
        status, said, wrong = self.try_recipe(recipe, environment={"KEY": "hunter2", "HOOK": SECRET})
        self.assertEqual((status, wrong), (0, ""))
        lines = said.splitlines()
        self.assertEqual(lines[0], f"POST http://127.0.0.1:{receiver.port}/***/members/4711")
        self.assertIn("X-Key: ***", lines)
        self.assertIn("Authorization: Bearer ***", lines)
        self.assertIn("webhook-id: " + EVENT["id"], lines)
        self.assertIn("webhook-signature: ***", lines)
        self.assertEqual(json.loads(lines[-1])["data"], DATA)
        self.assertNotIn("hunter2", said)
        self.assertEqual((receiver.requests, receiver.connections), ([], 0))

    def test_the_examples_are_shown(self):
        secrets = ("ESP_CLIENT_SECRET", "CRM_TOKEN", "LOYALTY_KEY", "SMS_TOKEN", "PUSH_KEY", "AUDIENCES_CLIENT_SECRET", "CONTACT_CENTRE_TOKEN")
        environment = {**dict.fromkeys(secrets, "hunter2"), "HOOK_SECRET": SECRET, "LISTINGS_HOOK_SECRET": SECRET}
        paths = {"esp": "PUT ***/v1/members/4711", "crm": "PATCH ***/api/v2/contacts/by-external-id/4711", "loyalty": "POST ***/events",
                 "sms": "POST ***/v1/subscribers", "push": "POST ***/users/track", "audiences": "POST ***/v3/audiences/members",
                 "contact_centre": "PUT ***/api/v2/externalcontacts/contacts/4711", "listings": "POST ***/hooks/wakestream",
                 "webhook": "POST https://hooks.shop.example/wakestream"}
        environment |= {f"{name.upper()}_URL": "https://receiver.example" for name in paths}
        self.assertEqual({path.stem for path in (REPOSITORY / "examples/recipes").iterdir()}, set(paths))
        bodies = {}
        for name, first_line in paths.items():
            status, said, wrong = self.try_recipe((REPOSITORY / f"examples/recipes/{name}.yaml").read_text(), environment=environment)
            self.assertEqual((status, wrong), (0, ""))
            self.assertEqual(said.splitlines()[0], first_line)
            self.assertNotIn("hunter2", said)
            bodies[name] = said.splitlines()[-1]
        self.assertEqual(json.loads(bodies["esp"]), {"email": "canary@example.com", "name": "Ada Canary", "attributes": {
            "source": "wakestream", "event": EVENT["type"], "changed_at": EVENT["time"]}})
        self.assertEqual(json.loads(bodies["push"])["attributes"], [{"external_id": "4711"}])
        self.assertEqual(bodies["sms"], "ExternalId=4711&Event=customer.email_changed")
        self.assertEqual(json.loads(bodies["listings"])["data"], DATA)
        audiences = json.loads(bodies["audiences"])
        self.assertTrue(audiences["batch_id"].startswith("batch-"))
        self.assertEqual([(member["id"], member["hashed_id"]) for member in audiences["members"]], [(EVENT["id"], "4711")])

    def test_what_is_wrong_with_a_recipe_is_said_with_its_place(self):
        status, said, wrong = self.try_recipe("request:\n  url: https://a.b/\n  metod: PUT\n")
        self.assertEqual((status, said), (1, ""))
        self.assertRegex(wrong, r"recipe.yaml:3:3: request.metod is not known; did you mean method\?")

    def test_an_event_is_read_as_tail_prints_it_and_anything_else_is_refused(self):
        line = json.dumps({"topic": "t", "headers": {"ce_id": "i", "ce_type": "customer.x", "ce_subject": "7"}, "value": {"a": 1}}) + "\n"
        recipe = "request: {url: 'https://a.b/${type}/${subject}', body: data}\n"
        status, said, _ = self.try_recipe(recipe, stdin=line)
        self.assertEqual(status, 0)
        self.assertEqual(said.splitlines()[0], "POST https://a.b/customer.x/7")
        self.assertEqual(json.loads(said.splitlines()[-1]), {"a": 1})
        status, _, wrong = self.try_recipe(recipe, stdin="canary\n")
        self.assertEqual(status, 1)
        self.assertIn("the first line is no event", wrong)
        self.assertNotIn("canary", wrong)


class AnswerTest(ConsumerCase):
    def to(self, receiver, path, more=""):
        return self.outcome(f"request: {{url: 'http://127.0.0.1:{receiver.port}/{path}'}}\n" + more + NETWORK)

    def test_each_answer_has_its_outcome(self):
        receiver = self.receiver()
        for path, status, said in [
                ("ok", 0, "delivered: it answered 200"), ("204", 0, "delivered: it answered 204"), ("500", 75, "retry: it answered 500"),
                ("throttled", 75, "throttle: it answered 429; not before 7 s"), ("410", 1, "disable: it answered 410"),
                ("404", 1, "park: it answered 404"), ("504", 75, "unknown: it answered 504"),
                ("slow", 75, "unknown: no whole answer within 1 s"), ("cut", 75, "unknown: the connection ended before the answer was whole"),
                ("dropped", 75, "unknown: the connection ended before the answer was whole"), ("large", 0, "delivered: it answered 200"),
                ("elsewhere", 1, "park: it answered 302, which leads elsewhere and is not followed")]:
            with self.subTest(path=path):
                self.assertEqual(self.to(receiver, path), (status, said))
        self.assertEqual([path for _, path, _, _ in receiver.requests].count("/ok"), 1, "a redirect was followed")

    def test_what_a_batch_s_answer_does_not_say_of_an_event_is_not_known(self):
        receiver = self.receiver()
        batch = "batch: {results: {list: results, id: id, answers: [{means: delivered}]}}\n"
        self.assertEqual(self.to(receiver, "ok", batch), (75, "unknown: partial success: it answered 200, and has no result of this event"))
        self.assertEqual(self.to(receiver, "404", batch), (1, "park: it answered 404"))
        self.assertEqual(self.to(receiver, "ok", "batch: {results: all}\n"), (0, "delivered: it answered 200"))
        self.assertEqual([event["id"] for event in json.loads(receiver.requests[0][3])], [EVENT["id"]])

    def test_an_error_inside_of_a_200_is_no_success(self):
        receiver = self.receiver()
        rules = "answers: [{status: 200, field: errors.0.code, means: park}]\n"
        self.assertEqual(self.to(receiver, "error", rules), (1, "park: it answered 200: answers[0] by errors.0.code"))
        self.assertEqual(self.to(receiver, "ok", rules), (0, "delivered: it answered 200"))
        self.assertEqual(self.to(receiver, "large", rules), (75, "unknown: it answered 200 with a body larger than answer_bytes_max"))

    def test_nobody_listening_is_known_to_have_nothing(self):
        port = unused_port()
        self.assertEqual(self.outcome(f"request: {{url: 'http://127.0.0.1:{port}/'}}\n" + NETWORK), (75, "retry: nobody takes connections at its address"))

    def test_what_the_url_needs_and_the_event_lacks_is_named(self):
        status, _, wrong = self.try_recipe("request: {url: 'https://a.b/${data.phone}'}\n", "--send")
        self.assertEqual(status, 1)
        self.assertIn("the URL needs data.phone, which the event does not have", wrong)


class NetworkTest(ConsumerCase):
    def test_private_addresses_are_not_connected_to_whatever_name_leads_there(self):
        receiver = self.receiver()
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
            with self.subTest(host=host):
                self.assertEqual(self.outcome(f"request: {{url: 'http://{host}:{receiver.port}/'}}\nnetwork: {{plain_http: true, allow: [10.0.0.0/8]}}\n"),
                                 (75, "retry: its address is not of the public internet, and network.allow does not have it"))
        self.assertEqual((receiver.requests, receiver.connections), ([], 0))

    def test_the_environments_proxy_is_not_used_and_the_recipes_is(self):
        receiver, proxy = self.receiver(), self.receiver()
        dead = f"http://127.0.0.1:{unused_port()}"
        recipe = f"request: {{url: 'http://127.0.0.1:{receiver.port}/ok'}}\n" + NETWORK
        self.assertEqual(self.outcome(recipe, environment={"http_proxy": dead, "ALL_PROXY": dead})[0], 0)
        recipe = ("request: {url: 'http://esp.invalid/ok'}\n"
                  f"network: {{plain_http: true, allow: [127.0.0.1], proxy: 'http://u:${{env:KEY}}@127.0.0.1:{proxy.port}'}}\n")
        self.assertEqual(self.outcome(recipe, environment={"KEY": "hunter2", "no_proxy": "*"})[0], 0)
        _, path, headers, _ = proxy.requests[0]
        self.assertEqual(path, "http://esp.invalid/ok")
        self.assertEqual(headers["Proxy-Authorization"], "Basic " + base64.b64encode(b"u:hunter2").decode())

    def test_a_certificate_is_checked_for_its_authority_and_its_host(self):
        authority, other = make_authority(self.place, "ours"), make_authority(self.place, "theirs")
        (self.place / "other").mkdir()
        good = make_certificate(self.place, authority, "localhost")
        wrong = {"unknown authority": make_certificate(self.place / "other", other, "localhost"),
                 "another host": make_certificate(self.place, authority, "shop.example")}
        network = "network: {allow: [127.0.0.1, '::1'], ca_file: ours.pem, timeout_s: 5}\n"
        receiver = self.receiver(good)
        url = "request: {{url: 'https://localhost:{}/ok'}}\n"
        self.assertEqual(self.outcome(url.format(receiver.port) + network), (0, "delivered: it answered 200"))
        self.assertEqual(len(receiver.requests), 1)
        refused = (75, "retry: its certificate is not trusted: unknown authority, another host, or expired")
        for name, certificate in wrong.items():
            with self.subTest(name):
                receiver = self.receiver(certificate)
                self.assertEqual(self.outcome(url.format(receiver.port) + network), refused)
                self.assertEqual(receiver.requests, [])
        receiver = self.receiver(good)
        self.assertEqual(self.outcome(url.format(receiver.port) + "network: {allow: [127.0.0.1, '::1']}\n"), refused)

    def test_a_receiver_that_asks_who_we_are_is_shown_our_certificate(self):
        authority, other = make_authority(self.place, "ours"), make_authority(self.place, "theirs")
        receiver = self.receiver(make_certificate(self.place, authority, "localhost"), client_authority=authority)
        certificate, key = make_certificate(self.place, authority, "wakestream")
        subprocess.run(["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:hunter2", "-out", self.place / "encrypted.key"], check=True)
        (self.place / "both.pem").write_text(certificate.read_text() + key.read_text())
        (self.place / "other").mkdir()
        make_certificate(self.place / "other", other, "wakestream")

        def outcome(cert, key, more=""):
            return self.outcome(f"request: {{url: 'https://localhost:{receiver.port}/ok'}}\nnetwork: {{allow: [127.0.0.1, '::1'], ca_file: ours.pem, "
                                f"timeout_s: 5{f', client_cert_file: {cert}, client_key_file: {key}' if cert else ''}{more}}}\n",
                                environment={"KEY": "hunter2", "WRONG": "hunter22"})
        delivered = (0, "delivered: it answered 200")
        self.assertEqual(outcome("wakestream.crt", "wakestream.hostkey"), delivered)
        self.assertEqual(outcome("both.pem", "both.pem"), delivered)
        self.assertEqual(outcome("wakestream.crt", "encrypted.key", ", client_key_password: '${env:KEY}'"), delivered)
        self.assertEqual(len(receiver.requests), 3)
        useless = (75, "retry: network.client_cert_file, client_key_file and client_key_password cannot be used together: missing, no PEM, "
                       "another certificate's key, or a wrong password")
        for cert, key, more in (("none.pem", "wakestream.hostkey", ""), ("wakestream.crt", "ours.key", ""), ("wakestream.crt", "encrypted.key", ""),
                                ("wakestream.crt", "encrypted.key", ", client_key_password: '${env:WRONG}'")):
            with self.subTest(cert=cert, key=key, more=more):
                self.assertEqual(outcome(cert, key, more), useless)
        for cert, key in (("", ""), ("other/wakestream.crt", "other/wakestream.hostkey")):
            with self.subTest(cert=cert):  # by TLS 1.3 it is refused when the request is under way already
                self.assertEqual(outcome(cert, key)[0], 75)
        self.assertEqual(len(receiver.requests), 3)

    def test_http_2_is_spoken_where_the_receiver_speaks_it(self):
        authority = make_authority(self.place, "ours")
        certificate, key = make_certificate(self.place, authority, "localhost")
        port = unused_port()
        with open(self.place / "nghttpd.log", "wb") as log:
            server = subprocess.Popen(["/usr/sbin/nghttpd", "-v", "--echo-upload", "-a", "127.0.0.1", str(port), key, certificate],
                                      stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_until("nghttpd listens", lambda: b"listen" in (self.place / "nghttpd.log").read_bytes())
        recipe = (f"request: {{url: 'https://localhost:{port}/ok', headers: {{X-Trace: seen-by-http-2}}}}\n"
                  "network: {allow: [127.0.0.1, '::1'], ca_file: ours.pem, timeout_s: 5}\n")
        self.assertEqual(self.outcome(recipe), (0, "delivered: it answered 200"))
        log = (self.place / "nghttpd.log").read_text(errors="replace")
        self.assertIn("seen-by-http-2", log)
        self.assertIn("HEADERS frame", log)


class AuthTest(ConsumerCase):
    def test_a_token_is_fetched_by_client_credentials(self):
        receiver = self.receiver()
        recipe = (f"request: {{url: 'http://127.0.0.1:{receiver.port}/ok'}}\nauth: {{oauth2: {{token_url: 'http://127.0.0.1:{receiver.port}/token', "
                  "client_id: wake, client_secret: '${env:KEY}'}}\n" + NETWORK)
        self.assertEqual(self.outcome(recipe, environment={"KEY": "hunter2"}), (0, "delivered: it answered 200"))
        self.assertEqual([path for _, path, _, _ in receiver.requests], ["/token", "/ok"])
        self.assertEqual(receiver.requests[1][2]["Authorization"], "Bearer t0ken")
        self.assertEqual(self.outcome(recipe, environment={"KEY": "wrong"}), (75, "retry: no access token: the token's endpoint answered 401"))
        self.assertEqual([path for _, path, _, _ in receiver.requests], ["/token", "/ok", "/token"])


class WebhookTest(ConsumerCase):
    def sent(self, *secrets):
        receiver = self.receiver()
        listed = ", ".join(f"'${{env:HOOK{number}}}'" for number in range(len(secrets)))
        recipe = f"request: {{url: 'http://127.0.0.1:{receiver.port}/ok'}}\nwebhook: {{secrets: [{listed}]}}\n" + NETWORK
        self.assertEqual(self.outcome(recipe, environment={f"HOOK{number}": secret for number, secret in enumerate(secrets)})[0], 0)
        _, _, headers, body = receiver.requests[0]
        return headers, body.decode()

    def is_verified(self, secret, headers, body):
        return subprocess.run([VENV, "-c", VERIFY], input=json.dumps({"secret": secret, "headers": headers, "body": body}), text=True,
                              capture_output=True, timeout=60).returncode == 0

    def test_the_reference_library_takes_it_and_nothing_that_was_changed(self):
        headers, body = self.sent(SECRET)
        self.assertEqual(headers["webhook-id"], EVENT["id"])
        self.assertLess(abs(int(headers["webhook-timestamp"]) - time.time()), 60)
        self.assertTrue(self.is_verified(SECRET, headers, body))
        self.assertFalse(self.is_verified(SECRET, headers, body.replace("4711", "4712")))
        self.assertFalse(self.is_verified(SECRET, {**headers, "webhook-id": "other"}, body))
        self.assertFalse(self.is_verified(OLD_SECRET, headers, body))

    def test_while_a_secret_is_rotated_it_is_taken_by_either(self):
        headers, body = self.sent(SECRET, OLD_SECRET)
        self.assertTrue(self.is_verified(SECRET, headers, body))
        self.assertTrue(self.is_verified(OLD_SECRET, headers, body))

    def test_v1a_is_verified_by_openssl(self):
        seed = bytes(range(32))
        key = self.place / "key.der"
        key.write_bytes(bytes.fromhex("302e020100300506032b657004220420") + seed)
        headers, body = self.sent("whsk_" + base64.b64encode(seed).decode(), SECRET)
        asymmetric, symmetric = headers["webhook-signature"].split(" ")
        self.assertTrue(asymmetric.startswith("v1a,") and symmetric.startswith("v1,"))
        (self.place / "signature").write_bytes(base64.b64decode(asymmetric[4:]))
        (self.place / "message").write_text(f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}")
        subprocess.run(["openssl", "pkeyutl", "-verify", "-inkey", key, "-keyform", "DER", "-rawin", "-in", self.place / "message", "-sigfile",
                        self.place / "signature"], check=True, capture_output=True)
        self.assertTrue(self.is_verified(SECRET, headers, body), "a receiver that knows v1 alone passes over v1a")


if __name__ == "__main__":
    unittest.main()
