"""Start, readiness, failure, replacement and end of a server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Reply, Server, wait_for

Serve = Callable[..., Server]

ECHO = """
    def init():
        pass

    def run(raw):
        return raw
"""

# what the body says, after as many quick calls as bring the event loop into the thread of the user's code
DO = """
    import json, os, re, sqlite3, time

    def init():
        global calls, db
        calls = 0
        db = sqlite3.connect(":memory:")

    def run(raw):
        global calls
        calls += 1
        do = json.loads(raw)
        if "sleep" in do:
            time.sleep(do["sleep"])
        if "spin" in do:
            end = time.monotonic() + do["spin"]
            while time.monotonic() < end:
                pass
        if "regex" in do:
            re.match(r"(a+)+$", "a" * do["regex"] + "b")
        if "exit" in do:
            os._exit(do["exit"])
        return {"pid": os.getpid(), "calls": calls, "sql": db.execute("select 1").fetchone()[0]}
"""


def score_again(server: Server) -> Reply:
    """The first good answer: on a busy machine a replacement may need longer than one request may wait."""
    replies: list[Reply] = []
    wait_for(lambda: replies.append(server.score("{}")) or replies[-1].status == 200)
    return replies[-1]


def go_inline(server: Server) -> None:
    wait_for(lambda: server.score("{}").status == 200 and server.metric("slipway_inline") == 1)


class TestStart:
    def test_record_names_the_supervisor(self, serve: Serve) -> None:
        server = serve(ECHO, SLIPWAY_IMAGE_DIGEST="sha256:abc")
        stat = Path(f"/proc/{server.process.pid}/stat").read_text()
        assert server.record == {
            "id": "replica-1",
            "pid": server.process.pid,
            "startTicks": int(stat.rpartition(")")[2].split()[19]),
            "bootId": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            "port": server.port,
            "imageDigest": "sha256:abc",
            "revision": "7",
        }

    def test_not_ready_before_init_has_returned(self, start: Serve) -> None:
        server = start(
            """
            import os, time

            def init():
                while not os.path.exists("go"):
                    time.sleep(0.02)

            def run(raw):
                return raw
            """
        ).wait_bound()
        assert server.get("/healthz").status == 200
        assert server.get("/").status == 503
        ready = server.get("/readyz")
        assert (ready.status, ready.json) == (503, {"id": "replica-1", "revision": "7", "state": "starting"})
        (server.root / "go").touch()
        wait_for(lambda: server.get("/readyz").status == 200)
        assert server.get("/readyz").json == {"id": "replica-1", "revision": "7"}
        assert server.get("/").text == "Healthy"

    @pytest.mark.parametrize(
        ("script", "expected"),
        [
            ("def init():\n    open('nowhere.pkl')\ndef run(raw): pass", ["Traceback", "nowhere.pkl", "init() failed"]),
            ("import sys\ndef init():\n    sys.exit(0)\ndef run(raw): pass", ["init() called sys.exit(0)"]),
            ("def init(): pass\n", ["defines no run()"]),
            ("def init(:\n", ["SyntaxError", "score.py"]),
            ("import os\ndef init():\n    os._exit(0)\ndef run(raw): pass", ["ended with status 0 before init()"]),
            (
                "import os\ndef init():\n    print('so far')\n    os.kill(os.getpid(), 9)\ndef run(raw): pass",
                ["so far", "SIGKILL (out of memory?)"],
            ),
            ("def init(): pass\ndef run(a, b): pass", ["generate_schema"]),
        ],
    )
    def test_failing_init_ends_with_status_3_and_the_reason(
        self, start: Serve, script: str, expected: list[str]
    ) -> None:
        server = start(script)
        assert server.process.wait(30) == 3
        text = "\n".join(server.messages())
        for piece in expected:
            assert piece in text
        assert "slipway/serving" not in text

    def test_a_wrong_setting_is_named(self, start: Serve) -> None:
        server = start(ECHO, SLIPWAY_MAX_CONCURRENCY="many")
        assert server.process.wait(30) == 2
        assert server.process.stdout is not None
        assert b"SLIPWAY_MAX_CONCURRENCY is 'many'" in server.process.stdout.read()

    def test_script_in_a_folder_imports_its_neighbours(self, serve: Serve) -> None:
        server = serve(
            """
            import os
            import helper

            def init():
                pass

            def run(raw):
                return [helper.NAME, os.path.basename(os.getcwd()), __name__, os.path.exists("src/helper.py")]
            """,
            {"src/helper.py": "NAME = 'beside'"},
            SLIPWAY_ENTRY="src/web-service.py",
        )
        assert server.score("").json == ["beside", "app", "slipway_script_web-service", True]


class TestStuck:
    @pytest.mark.parametrize("what", ['{"sleep": 60}', '{"spin": 60}'])
    def test_times_out_while_health_goes_on_and_the_worker_is_replaced(self, serve: Serve, what: str) -> None:
        server = serve(DO, SCORING_TIMEOUT_MS="2000")
        first = server.score("{}").json["pid"]
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.score(what)))
        began = time.monotonic()
        thread.start()
        time.sleep(0.3)
        assert server.get("/healthz").status == 200
        assert time.monotonic() - began < 2.0
        thread.join()
        assert answers[0].status == 504
        assert answers[0].json["message"] == "Scoring timeout after 2000 ms"
        after = score_again(server)
        assert after.status == 200
        assert after.json["pid"] != first and after.json["calls"] == 1
        assert server.get("/healthz").status == 200
        wait_for(lambda: len(server.workers()) == 1)
        assert "run() has not returned" in server.wait_message("is replaced")["message"]

    @pytest.mark.parametrize("what", ['{"sleep": 60}', '{"spin": 60}'])
    def test_the_same_when_run_was_quick_before(self, serve: Serve, what: str) -> None:
        server = serve(DO, SCORING_TIMEOUT_MS="2000")
        go_inline(server)
        first = server.score("{}").json["pid"]
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.score(what)))
        began = time.monotonic()
        thread.start()
        time.sleep(0.1)
        assert server.get("/healthz").status == 200  # a second loop answers
        assert time.monotonic() - began < 2.0
        thread.join()
        assert (answers[0].status, answers[0].json["message"]) == (504, "Scoring timeout after 2000 ms")
        after = score_again(server)
        assert (after.status, after.json.get("calls")) == (200, 1), after.text
        assert after.json["pid"] != first
        wait_for(lambda: len(server.workers()) == 1)

    def test_a_slow_call_after_quick_ones_is_answered(self, serve: Serve) -> None:
        server = serve(DO)
        go_inline(server)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.score('{"sleep": 1}')))
        thread.start()
        time.sleep(0.5)
        waiting = server.score("{}")  # taken by the second loop, run when the first call is over
        thread.join()
        assert [answers[0].status, waiting.status] == [200, 200]
        assert waiting.json["pid"] == answers[0].json["pid"]
        go_inline(server)
        assert len(server.workers()) == 1

    def test_a_router_shorter_time_is_kept_and_replaces_nothing(self, serve: Serve) -> None:
        server = serve(DO)
        first = server.score("{}").json["pid"]
        late = server.score('{"sleep": 1}', X_Slipway_Timeout_Ms="300")
        assert (late.status, late.json["message"]) == (504, "Scoring timeout after 300 ms")
        busy = server.score("{}", X_Slipway_Timeout_Ms="300")
        assert (busy.status, busy.headers["X-Slipway-Unprocessed"]) == (503, "1")
        time.sleep(1)
        again = server.score("{}", X_Slipway_Timeout_Ms="300")
        assert (again.status, again.json["pid"]) == (200, first)

    def test_the_same_when_run_was_quick_before_it(self, serve: Serve) -> None:
        server = serve(DO)
        go_inline(server)
        first = server.score("{}").json["pid"]
        late = server.score('{"sleep": 1.5}', X_Slipway_Timeout_Ms="500")
        assert (late.status, late.json["message"]) == (504, "Scoring timeout after 500 ms")
        wait_for(lambda: server.score("{}", X_Slipway_Timeout_Ms="500").status == 200)
        assert server.score("{}").json["pid"] == first
        wait_for(lambda: server.metric("slipway_connections") == 1)
        assert server.metric("slipway_cancelled_total") == 0
        assert server.stop() == 0

    def test_code_that_holds_the_interpreter_is_killed(self, serve: Serve) -> None:
        server = serve(DO, SCORING_TIMEOUT_MS="500")
        first = server.score("{}").json["pid"]
        with server.connect() as connection:
            connection.sendall(b'POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{"regex": 60}')
            assert connection.recv(100) == b""  # nobody could answer
        assert score_again(server).json["pid"] != first
        assert "has not moved" in server.wait_message("has not moved")["message"]

    def test_a_worker_that_ends_is_replaced(self, serve: Serve) -> None:
        server = serve(DO)
        first = server.score("{}").json["pid"]
        with server.connect() as connection:
            connection.sendall(b'POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{"exit": 42}')
            assert connection.recv(100) == b""
        assert server.score("{}").json["pid"] != first
        server.wait_message("ended with status 42 and is replaced")

    def test_the_old_worker_answers_while_the_new_one_starts(self, serve: Serve) -> None:
        server = serve(
            """
            import os, time

            def init():
                while os.path.exists("wait"):
                    time.sleep(0.02)

            def run(raw):
                time.sleep(float(raw))
                return os.getpid()
            """,
            SCORING_TIMEOUT_MS="600",
        )
        first = server.score("0").json
        (server.root / "wait").touch()
        assert server.score("1.5").status == 504
        wait_for(lambda: len(server.workers()) == 2)
        wait_for(lambda: server.get("/readyz").status == 200)  # the late call has returned
        assert [server.score("0").json for _ in range(20)] == [first] * 20
        (server.root / "wait").unlink()
        wait_for(lambda: len(server.workers()) == 1)
        assert server.score("0").json != first

    def test_replacement_that_fails_three_times_ends_the_server(self, serve: Serve) -> None:
        server = serve(
            """
            import os

            def init():
                open("once").read()

            def run(raw):
                os.unlink("once")
                os._exit(1)
            """,
            {"once": "1"},
        )
        with server.connect() as connection:
            connection.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            connection.recv(100)
        assert server.process.wait(30) == 3
        assert sum("FileNotFoundError" in message for message in server.messages()) == 3


class TestEnd:
    def test_sigterm_answers_what_is_in_flight(self, serve: Serve) -> None:
        server = serve(DO)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.score('{"sleep": 1}')))
        idle = server.connect()
        idle.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in idle.recv(1000)
        thread.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.15)
        idle.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = idle.recv(1000)
        assert b"503 " in answer and b"draining" in answer and b"Connection: close" in answer
        time.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        assert server.process.poll() is None  # the call in flight goes on
        assert server.process.wait(20) == 0
        thread.join()
        assert answers[0].status == 200
        idle.close()

    def test_sigterm_under_load_resets_nobody(self, serve: Serve) -> None:
        server = serve("def init(): pass\ndef run(raw): return raw", SLIPWAY_MAX_QUEUE="1000")
        failures: list[str] = []
        served = [0]

        def call() -> None:
            while True:
                try:
                    if server.score("1").status == 200:
                        served[0] += 1
                except ConnectionRefusedError:
                    return
                except OSError as error:
                    failures.append(repr(error))
                    return

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_for(lambda: served[0] > 300)
        assert server.stop() == 0
        for thread in threads:
            thread.join(20)
        assert failures == []

    def test_sigterm_while_the_loop_is_in_the_user_thread(self, serve: Serve) -> None:
        server = serve(DO)
        go_inline(server)
        assert server.stop() == 0

    def test_sigterm_during_init(self, start: Serve) -> None:
        server = start(
            "import time\ndef init():\n    print('begun', flush=True)\n    time.sleep(60)\ndef run(raw): pass"
        )
        server.wait_bound().wait_message("begun")
        assert server.stop() == 0

    def test_grace_bounds_what_is_in_flight(self, serve: Serve) -> None:
        server = serve(DO, SLIPWAY_GRACE_MS="300")
        with server.connect() as connection:
            connection.sendall(b'POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{"sleep": 30}')
            time.sleep(0.3)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 10

    @pytest.mark.parametrize("stuck", [False, True])
    def test_no_worker_outlives_a_killed_supervisor(self, serve: Serve, stuck: bool) -> None:
        server = serve(DO)
        (worker,) = server.workers()
        if stuck:
            connection = server.connect()
            connection.sendall(b'POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{"regex": 60}')
            time.sleep(0.3)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        wait_for(lambda: not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text(), 5)

    def test_atexit_of_the_script_runs(self, serve: Serve) -> None:
        server = serve("import atexit\ndef init():\n    atexit.register(print, 'farewell')\ndef run(raw): pass")
        assert server.stop() == 0
        server.wait_message("farewell")


def test_command_line_overrides_the_environment(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def init(): pass\ndef run(raw): return 'other'\n")
    source = str(Path(__file__).resolve().parents[2] / "src")
    process = subprocess.Popen(
        [sys.executable, "-m", "slipway.serve", "--host", "127.0.0.1", "--port", "0", "--entry", "other.py"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": source, "SLIPWAY_RECORD_FILE": str(tmp_path / "record")},
    )
    try:
        wait_for(lambda: (tmp_path / "record").exists())
    finally:
        process.terminate()
        assert process.wait(20) == 0
