"""The pretended platform: it sends content, receives webhooks, checks their signatures, and acknowledges actions."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ischia.cli.demonstration.stream import Upload

_TIMEOUT_SECONDS = 30


class Platform:
    """A client of the public API, with a server for its webhooks on the loopback interface."""

    def __init__(self, *, base: str, key: str, port: int, public_key: str = "") -> None:
        self._api = f"{base}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key}"
        self._public_key = public_key
        self._acknowledged: dict[str, float] = {}
        self._arrived = threading.Condition()
        self._server = _Server(("127.0.0.1", port), self)
        threading.Thread(target=self._server.serve_forever, daemon=True, name="demo-platform").start()

    def stop(self) -> None:
        """Stop receiving webhooks."""
        self._server.shutdown()
        self._server.server_close()

    def get(self, path: str) -> Any:
        """GET; raises `requests.HTTPError` with the problem's words."""
        return self._checked(self._session.get(f"{self._api}{path}", timeout=_TIMEOUT_SECONDS))

    def post(self, path: str, document: dict[str, Any]) -> Any:
        """POST a JSON document."""
        return self._checked(self._session.post(f"{self._api}{path}", json=document, timeout=_TIMEOUT_SECONDS))

    def upload(self, path: str, upload: Upload, *, field: str, file_field: str) -> Any:
        """POST a document with its file, if it has one."""
        if upload.file is None:
            return self.post(path, upload.document)
        response = self._session.post(
            f"{self._api}{path}",
            data={field: json.dumps(upload.document)},
            files={file_field: ("picture", upload.file)},
            timeout=_TIMEOUT_SECONDS,
        )
        return self._checked(response)

    @staticmethod
    def _checked(response: requests.Response) -> Any:
        if not response.ok:
            raise requests.HTTPError(f"{response.status_code} from {response.url}: {response.text[:500]}")
        return response.json()

    def listen(self, public_key: str) -> None:
        """Accept webhooks that are signed with the private half of `public_key`."""
        self._public_key = public_key

    def wait_for_acknowledgement(self, action: str, *, seconds: float) -> float | None:
        """The monotonic time at which the action was acknowledged, or None if it was not in time."""
        with self._arrived:
            self._arrived.wait_for(lambda: action in self._acknowledged, timeout=seconds)
            return self._acknowledged.get(action)

    def take(self, body: bytes, headers: dict[str, str]) -> bool:
        """Carry an action out (this platform only pretends) and acknowledge it; False for a bad signature."""
        if not self._signed(body, headers):
            return False
        message = json.loads(body)
        if message["type"] == "action.requested":
            action = message["data"]["action"]["id"]
            self.post(f"/actions/{action}/ack", {"outcome": "done"})
            with self._arrived:
                self._acknowledged[action] = time.monotonic()
                self._arrived.notify_all()
        return True

    def _signed(self, body: bytes, headers: dict[str, str]) -> bool:
        key = Ed25519PublicKey.from_public_bytes(b64decode(self._public_key.removeprefix("whpk_")))
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        for candidate in headers.get("webhook-signature", "").split():
            version, _, signature = candidate.partition(",")
            if version != "v1a":
                continue
            try:
                key.verify(b64decode(signature), signed)
            except InvalidSignature:
                continue
            return True
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], platform: Platform) -> None:
        self.platform = platform
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        accepted = self.server.platform.take(body, {name.lower(): value for name, value in self.headers.items()})
        self.send_response(204 if accepted else 401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: the demo prints a table."""
