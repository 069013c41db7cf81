"""An HTTP receiver that does what a consumer's endpoint may do to us: answers, late answers, half ones, none. Over TLS where a
certificate is given. Keeps what it got."""

import http.server
import json
import socket
import ssl
import subprocess
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        word = self.path.split("?")[0].rsplit("/", 1)[-1]
        if word.isdigit():
            self.answer(int(word))
        elif word == "throttled":
            self.answer(429, headers=[("Retry-After", "7")])
        elif word == "slow":
            time.sleep(3)
            self.close_connection = True
        elif word == "cut":
            self.answer(200, b'{"ok":', length=100)
            self.close_connection = True
        elif word == "dropped":
            self.close_connection = True
        elif word == "error":
            self.answer(200, b'{"errors": [{"code": "canary"}]}')
        elif word == "large":
            self.answer(200, b"x" * (1 << 20))
        elif word == "elsewhere":
            self.answer(302, headers=[("Location", "/ok")])
        elif word == "token":
            self.answer_token(body)
        else:
            self.answer(200, b'{"ok": true}')

    def answer_token(self, body):
        if b"grant_type=client_credentials" in body and self.headers.get("Authorization") == "Basic d2FrZTpodW50ZXIy":
            self.answer(200, json.dumps({"access_token": "t0ken", "expires_in": 60, "token_type": "Bearer"}).encode())
        else:
            self.answer(401, b'{"error": "invalid_client"}')

    do_POST = do_PUT = do_GET = do_DELETE = do_PATCH = take

    def log_message(self, *_):
        pass


class Receiver(http.server.ThreadingHTTPServer):
    def __init__(self, certificate=None, client_authority=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.connections = 0
        self.port = self.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate[0], certificate[1])
            if client_authority:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_authority[0])
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_):
        pass  # a client that goes away is part of these tests

    def end(self):
        self.shutdown()
        self.server_close()


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_authority(folder, name):
    """A certificate authority of that name: (certificate, key)."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def make_certificate(folder, authority, host):
    """(certificate, key) of a host, by that authority."""
    certificate, key, request = (folder / f"{host}.{end}" for end in ("crt", "hostkey", "csr"))
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}", "-addext",
                    f"subjectAltName=DNS:{host}", "-keyout", key, "-out", request], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial", "-days", "2",
                    "-copy_extensions", "copy", "-out", certificate], check=True, capture_output=True)
    return certificate, key
