"""A real server for each test that asks for one."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = str(Path(__file__).resolve().parent.parent / "src")
START_LIMIT = 30.0


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    def __init__(self, folder: Path, script: str, files: dict[str, str], environment: dict[str, str]) -> None:
        self.root = folder / "app"
        self.root.mkdir()
        for name, text in {environment.get("SLIPWAY_ENTRY", "score.py"): script, **files}.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        self.log_file = folder / "log.jsonl"
        self.record_file = folder / "record.json"
        self.spool = folder / "spool"
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLIPWAY_", "AML_"))},
            "PYTHONPATH": SOURCE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "AML_APP_ROOT": str(self.root),
            "SLIPWAY_LISTEN": "127.0.0.1:0",
            "SLIPWAY_REPLICA": "replica-1",
            "SLIPWAY_REVISION": "7",
            "SLIPWAY_LOG_FILE": str(self.log_file),
            "SLIPWAY_RECORD_FILE": str(self.record_file),
            "SLIPWAY_COLLECT_DIR": str(self.spool),
            **environment,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "slipway.serve"],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.record: dict[str, Any] = {}

    def wait_bound(self) -> Server:
        wait_for(lambda: self.record_file.exists() or self.process.poll() is not None)
        self.record = json.loads(self.record_file.read_text())
        return self

    def wait_ready(self) -> Server:
        self.wait_bound()
        wait_for(lambda: self.process.poll() is not None or self.get("/readyz").status == 200)
        assert self.process.poll() is None, self.log_file.read_text()
        return self

    @property
    def port(self) -> int:
        return int(self.record["port"])

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, path, data, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def score(self, body: bytes | str, **headers: str) -> Reply:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/score", body, {"Content-Type": "application/json", **names})

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, data: bytes) -> bytes:
        """What the server sends until it closes."""
        with self.connect() as connection:
            connection.sendall(data)
            received = b""
            while piece := connection.recv(1 << 16):
                received += piece
            return received

    def metric(self, name: str) -> float:
        lines = [line for line in self.get("/metrics").text.splitlines() if line.startswith(name)]
        return float(lines[0].split()[-1]) if lines else 0.0

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text(encoding="utf-8").splitlines()]

    def messages(self, stream: str | None = None) -> list[str]:
        return [line["message"] for line in self.lines() if stream in (None, line["stream"])]

    def wait_message(self, text: str) -> dict[str, Any]:
        wait_for(lambda: any(text in message for message in self.messages()))
        return next(line for line in self.lines() if text in line["message"])

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def wait_for(condition: Callable[[], Any], limit: float = START_LIMIT) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"it did not come true within {limit} s")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start_server(script: str, files: dict[str, str] | None = None, **environment: str) -> Server:
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(Server(folder, textwrap.dedent(script), files or {}, environment))
        return servers[-1]

    yield start_server
    for server in servers:
        server.kill()


@pytest.fixture
def serve(start: Callable[..., Server]) -> Callable[..., Server]:
    def serve_script(script: str, files: dict[str, str] | None = None, **environment: str) -> Server:
        return start(script, files, **environment).wait_ready()

    return serve_script
