"""What ends in the log, and under which request."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from conftest import Server, wait_for

Serve = Callable[..., Server]


def lines_with(server: Server, text: str) -> list[dict[str, object]]:
    return [line for line in server.lines() if text in str(line["message"])]


def test_prints_and_records_carry_their_request(serve: Serve) -> None:
    server = serve(
        """
        import ctypes, logging, subprocess, sys, threading

        def init():
            print("from init")

        def run(raw):
            print("first part,", end=" ", flush=True)
            print("second part\\nnext line: grün 東京")
            sys.stderr.write("to stderr\\n")
            logging.getLogger("a.b").warning("a %s", "warning")
            logging.getLogger("a.b").info("not shown")
            subprocess.run(["echo", "from a child"])
            sys.stdout.buffer.write(b"raw bytes\\n")
            print("no line end", end="")
            return raw
        """
    )
    server.score("1", X_Ms_Request_Id="request-1")
    server.wait_message("from a child")
    server.wait_message("no line end")
    got = {line["message"]: (line["level"], line["stream"], line["requestId"]) for line in server.lines()}
    assert got == {
        "from init": ("info", "stdout", None),
        "first part, second part": ("info", "stdout", "request-1"),
        "next line: grün 東京": ("info", "stdout", "request-1"),
        "to stderr": ("warning", "stderr", "request-1"),
        "a warning": ("warning", "logging", "request-1"),
        "from a child": ("info", "stdout", None),
        "raw bytes": ("info", "stdout", None),
        "no line end": ("info", "stdout", "request-1"),
    }
    line = server.lines()[0]
    assert list(line) == ["time", "level", "stream", "requestId", "replica", "revision", "message"]
    assert (line["replica"], line["revision"]) == ("replica-1", "7")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_basic_config_keeps_levels(serve: Serve) -> None:
    server = serve(
        """
        import logging
        logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")

        def init():
            pass

        def run(raw):
            logging.getLogger("a.b").info("two\\nlines")
        """
    )
    server.score("1", X_Ms_Request_Id="r")
    line = server.wait_message("a.b two\nlines")
    assert (line["level"], line["stream"], line["requestId"]) == ("info", "stderr", "r")


def test_threads_keep_their_requests_apart(serve: Serve) -> None:
    server = serve(
        """
        import time

        def init():
            pass

        def run(raw):
            print("begin", raw, end=" ")
            time.sleep(0.3)
            print("end", raw)
        """,
        SLIPWAY_MAX_CONCURRENCY="4",
    )
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: server.score(str(n), X_Ms_Request_Id=f"r{n}"), range(4)))
    wait_for(lambda: len(server.lines()) == 4)
    assert {(line["message"], line["requestId"]) for line in server.lines()} == {
        (f"begin {n} end {n}", f"r{n}") for n in range(4)
    }


def test_traceback_begins_with_the_users_line_and_stays_in_the_log(serve: Serve) -> None:
    server = serve(
        """
        def init():
            pass

        def run(raw):
            return deeper(raw)

        def deeper(raw):
            try:
                raise KeyError("inner")
            except KeyError:
                raise ValueError("sécret \x1b[31m") from None
        """
    )
    answer = server.score("1", X_Ms_Request_Id="failing")
    assert answer.status == 500
    assert answer.json["requestId"] == "failing" and "cret" not in answer.text
    line = server.wait_message("Traceback")
    message = str(line["message"])
    assert re.match(r'Traceback \(most recent call last\):\n  File "[^"]*/score.py", line 6, in run\n', message)
    assert message.endswith("ValueError: sécret \x1b[31m")
    assert (line["level"], line["requestId"]) == ("error", "failing")
    assert b"\x1b" not in server.log_file.read_bytes()


def test_exits_in_run_fail_the_request_only(serve: Serve) -> None:
    server = serve("import sys\ndef init(): pass\ndef run(raw):\n    sys.exit(3) if raw else None\n    return 1")
    assert server.score("x").status == 500
    assert server.score("").json == 1
    server.wait_message("SystemExit: 3")


def test_long_lines_are_cut_and_counted(serve: Serve) -> None:
    server = serve(
        """
        import os

        def init():
            print("p" * 100_000)
            os.write(1, b"w" * 10_000_000 + b"\\n")

        def run(raw):
            pass
        """
    )
    wait_for(lambda: len(server.lines()) == 2)
    printed, written = sorted(server.lines(), key=lambda line: str(line["message"]))
    assert (len(printed["message"]), printed["truncated"]) == (32768, 100_000 - 32768)
    assert (len(written["message"]), written["truncated"]) == (32768, 10_000_000 - 32768)


def test_the_log_rotates_and_a_flood_is_bounded(serve: Serve) -> None:
    server = serve(
        """
        import os

        def init():
            pass

        def run(raw):
            block = (b"x" * 999 + b"\\n") * 1000
            for _ in range(int(raw)):
                os.write(1, block)
            for _ in range(20000):
                print("y" * 999)
            return "done"
        """,
        SLIPWAY_LOG_MAX_BYTES="1000000",
        SLIPWAY_LOG_FILES="3",
    )
    memory = rss(server.process.pid)
    assert server.score("60").status == 200
    files = sorted(path.name for path in server.log_file.parent.glob("log.jsonl*"))
    assert files == ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
    assert all(path.stat().st_size <= 1_001_000 for path in server.log_file.parent.glob("log.jsonl*"))
    server.wait_message("were dropped")
    assert rss(server.process.pid) < memory + (8 << 20)


def rss(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_no_body_and_no_header_reaches_the_log(serve: Serve) -> None:
    server = serve("def init(): pass\ndef run(raw): raise RuntimeError('no')")
    server.score('{"canary": "body-canary"}', Authorization="Bearer header-canary")
    server.raw(b"POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer header-canary\r\nContent-Length: 1x\r\n\r\n")
    server.wait_message("RuntimeError: no")
    time.sleep(0.2)
    assert b"canary" not in server.log_file.read_bytes()


def test_a_crash_leaves_its_stack(serve: Serve) -> None:
    server = serve("import ctypes\ndef init(): pass\ndef run(raw): ctypes.string_at(0)")
    with server.connect() as connection:
        connection.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert connection.recv(10) == b""
    server.wait_message("Segmentation fault")
    assert "SIGSEGV" in str(server.wait_message("is replaced")["message"])


def test_forked_children_can_print_and_be_ended(serve: Serve) -> None:
    server = serve(
        """
        import multiprocessing, os, time

        def child():
            print("from the child", os.getpid())
            time.sleep(60)

        def init():
            global context
            context = multiprocessing.get_context("fork")

        def run(raw):
            process = context.Process(target=child)
            process.start()
            time.sleep(0.3)
            process.terminate()
            process.join(5)
            return process.exitcode
        """
    )
    assert server.score("1").json == -15
    server.wait_message("from the child")
