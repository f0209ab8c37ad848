"""The scoring server's HTTP: strict in, bounded, one answer each."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable

import pytest

from conftest import Server, wait_for

Serve = Callable[..., Server]

ECHO = """
    def init():
        pass

    def run(raw):
        return raw
"""
POST = b"POST /score HTTP/1.1\r\nHost: x\r\n"


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d\d\d) ", received)]


class TestRoutes:
    def test_paths_and_methods(self, serve: Serve) -> None:
        server = serve(ECHO, SERVICE_PATH_PREFIX="api/v1/")
        assert server.get("/").text == "Healthy"
        assert server.request("HEAD", "/").status == 200
        assert server.get("/nowhere").status == 404
        assert server.get("/nowhere").json["status_code"] == 404
        assert server.get("/api/v1/score?a=1").status == 200
        put = server.request("PUT", "/score", "x")
        assert (put.status, put.headers["Allow"]) == (405, "GET, POST")
        assert server.request("POST", "/swagger.json", "x").status == 405
        assert "/api/v1/score" in server.get("/swagger.json").json["paths"]
        assert "slipway_runs_total 1" in server.get("/metrics").text

    def test_get_makes_the_input_of_the_query(self, serve: Serve) -> None:
        server = serve(ECHO)
        answer = server.get("/score?a=1&a=x&b=%7B%22c%22%3Anull%7D&d=&e=NaN&f=gr%C3%BCn")
        assert json.loads(answer.json) == {"a": [1, "x"], "b": {"c": None}, "d": "", "e": "NaN", "f": "grün"}
        assert server.get("/score?a=%ff").status == 400

    def test_ids(self, serve: Serve) -> None:
        server = serve(ECHO)
        own = server.score(
            "1", X_Ms_Request_Id="from-the-router", X_Ms_Client_Request_Id="mine é".encode().decode("latin-1")
        )
        assert own.headers["X-Ms-Request-Id"] == "from-the-router"
        assert own.headers["X-Ms-Client-Request-Id"] is None
        assert server.score("1", X_Ms_Client_Request_Id="mine").headers["X-Ms-Client-Request-Id"] == "mine"
        made = {server.score("1").headers["X-Ms-Request-Id"] for _ in range(20)}
        assert len(made) == 20
        assert all(re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i) for i in made)
        assert server.get("/nowhere", **{"X-Ms-Request-Id": "abc"}).headers["X-Ms-Request-Id"] == "abc"

    def test_body_that_is_no_utf8(self, serve: Serve) -> None:
        answer = serve(ECHO).score(b"\xff{}")
        assert (answer.status, "UTF-8" in answer.json["message"]) == (400, True)


class TestParsing:
    @pytest.mark.parametrize(
        "head",
        [
            POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            POST + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            POST + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            POST + b"Content-Length : 2\r\n\r\n{}",
            POST + b"Content-Length: +2\r\n\r\n{}",
            POST + b"Content-Length: 0x2\r\n\r\n{}",
            POST + b"Content-Length: -2\r\n\r\n{}",
            POST + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
            POST + b"X: a\nContent-Length: 2\r\n\r\n{}",
            POST + b"X: a\rContent-Length: 2\r\n\r\n{}",
            POST + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
            POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\n2;\xff\n{}\r\n0\r\n\r\n",
            POST + b"Host: y\r\nContent-Length: 2\r\n\r\n{}",
            b"POST /score HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            b"POST /score HTTP/9.9\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
            b"GARBAGE\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            POST + b"Expect: tea\r\nContent-Length: 2\r\n\r\n{}",
        ],
    )
    def test_refuses_what_two_parsers_could_read_differently(self, serve: Serve, head: bytes) -> None:
        server = serve(ECHO)
        received = server.raw(head + b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nsmuggle")
        assert statuses(received) == [400]
        assert b"Connection: close" in received and b"smuggle" not in received
        assert server.metric("slipway_runs_total") == 0

    def test_pipelined_requests_are_answered_in_order(self, serve: Serve) -> None:
        server = serve("import time\ndef init(): pass\ndef run(raw):\n    time.sleep(float(raw))\n    return raw")
        bodies = [b"0.2", b"0.1", b"0.0"]
        wire = b"".join(POST + b"Content-Length: 3\r\n\r\n" + body for body in bodies)
        received = server.raw(wire + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert statuses(received) == [200] * 4
        assert re.findall(rb'"(0\.\d)"', received) == bodies

    def test_a_good_request_before_a_bad_one_keeps_its_answer(self, serve: Serve) -> None:
        received = serve(ECHO).raw(POST + b"Content-Length: 2\r\n\r\n{}" + b"GARBAGE\r\n\r\n")
        assert statuses(received) == [200, 400]

    def test_many_pipelined_requests(self, serve: Serve) -> None:
        received = serve(ECHO).raw((POST + b"Content-Length: 1\r\n\r\n7") * 300 + POST + b"Connection: close\r\n\r\n")
        assert statuses(received) == [200] * 301

    def test_byte_by_byte_and_chunked(self, serve: Serve) -> None:
        server = serve(ECHO)
        with server.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in (
                POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            ):
                connection.sendall(bytes([byte]))
            received = b""
            while piece := connection.recv(4096):
                received += piece
        assert received.endswith(b'"abcde"')

    def test_trailers_belong_to_their_own_request(self, serve: Serve) -> None:
        chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        last = POST + b"Connection: close\r\n\r\n"
        server = serve(ECHO)
        received = server.raw(chunked + b"Host: y\r\nX-Ms-Request-Id: forged\r\n\r\n" + last)
        assert statuses(received) == [200, 200] and b"forged" not in received
        endless = server.raw(chunked + b"X: " + b"a" * 900_000)
        assert statuses(endless) == [431]

    def test_http_1_0_and_upgrade(self, serve: Serve) -> None:
        server = serve(ECHO)
        assert statuses(server.raw(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")) == [200]
        offer = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"
        assert statuses(server.raw(offer)) == [200]

    def test_expect_continue(self, serve: Serve) -> None:
        server = serve(ECHO, SLIPWAY_MAX_BODY="100")
        with server.connect() as connection:
            connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"{}")
            assert b"200 OK" in connection.recv(1000)
        assert statuses(server.raw(POST + b"Expect: 100-continue\r\nContent-Length: 200\r\n\r\n")) == [413]


class TestBounds:
    def test_bodies(self, serve: Serve) -> None:
        server = serve(ECHO, SLIPWAY_MAX_BODY="1000")
        assert server.score("x" * 1000).status == 200
        assert statuses(server.raw(POST + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001)) == [413]
        chunk = b"1f4\r\n" + b"x" * 500 + b"\r\n"
        assert statuses(server.raw(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3)) == [413]
        assert server.metric("slipway_runs_total") == 1
        for length in (b"Content-Length: 1001\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3):
            assert b"X-Ms-Request-Id: r-1\r\n" in server.raw(POST + b"X-Ms-Request-Id: r-1\r\n" + length)

    def test_an_endless_chunked_body_is_refused_while_it_is_sent(self, serve: Serve) -> None:
        server = serve(ECHO, SLIPWAY_MAX_BODY="10000")
        received = b""
        with server.connect() as connection:
            connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(30_000):
                    connection.sendall(b"1\r\nx\r\n")
            except OSError:
                pass
            try:
                received = connection.recv(1000)
            except ConnectionResetError:
                pass
        assert statuses(received) in ([413], [])
        assert server.metric('slipway_requests_total{status="413"}') == 1

    @pytest.mark.parametrize(
        ("request_head", "status"),
        [
            (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (POST + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
            (POST + b"".join(b"X-%d: 1\r\n" % n for n in range(10_000)) + b"\r\n", 431),
            (POST + b"X: " + b"a" * 300_000, 431),
            (POST + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415),
        ],
    )
    def test_heads(self, serve: Serve, request_head: bytes, status: int) -> None:
        assert statuses(serve(ECHO).raw(request_head)) == [status]

    def test_odd_header_names_do_no_harm(self, serve: Serve) -> None:
        head = POST + b"__proto__: 1\r\nconstructor: 2\r\nConnection: close\r\n\r\n"
        assert statuses(serve(ECHO).raw(head)) == [200]

    def test_slow_heads_are_ended(self, serve: Serve) -> None:
        server = serve(ECHO)
        began = time.monotonic()
        with server.connect() as connection:
            connection.sendall(b"POST /score HTTP/1.1\r\nHo")
            received = connection.recv(1000)
        assert statuses(received) == [408]
        assert 8 < time.monotonic() - began < 16

    def test_connections_are_bounded(self, serve: Serve) -> None:
        server = serve(ECHO)
        held = [server.connect() for _ in range(1000)]
        try:
            wait_for(lambda: server_is_full(server))
        finally:
            for connection in held:
                connection.close()
        wait_for(lambda: server.get("/").status == 200)


def server_is_full(server: Server) -> bool:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            return connection.recv(100) == b""
        except ConnectionResetError:
            return True


class TestPlaces:
    SLOW = """
        import threading, time
        lock = threading.Lock()

        def init():
            global running, most
            running = most = 0

        def run(raw):
            global running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(float(raw))
            with lock:
                running -= 1
            return most
    """

    def at_once(self, server: Server, count: int, body: str, **headers: str) -> list[int]:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(server.score(body, **headers).status)) for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers)

    def test_a_router_gets_503_at_once_above_the_limit(self, serve: Serve) -> None:
        server = serve(self.SLOW)
        assert self.at_once(server, 3, "1.0", X_Slipway_Timeout_Ms="5000") == [200, 503, 503]
        assert server.metric("slipway_runs_total") == 1

    def test_as_many_threads_as_the_limit(self, serve: Serve) -> None:
        server = serve(self.SLOW, SLIPWAY_MAX_CONCURRENCY="3")
        assert self.at_once(server, 4, "1.0", X_Slipway_Timeout_Ms="5000") == [200, 200, 200, 503]
        assert server.score("0").json == 3

    def test_other_callers_wait_in_a_bounded_queue(self, serve: Serve) -> None:
        server = serve(self.SLOW, SLIPWAY_MAX_QUEUE="2")
        assert self.at_once(server, 5, "0.5") == [200, 200, 200, 503, 503]
        assert server.score("0").json == 1

    def test_who_waits_too_long_was_not_processed(self, serve: Serve) -> None:
        server = serve(self.SLOW, SCORING_TIMEOUT_MS="1500")
        first = threading.Thread(target=lambda: server.score("1.4"))
        second = threading.Thread(target=lambda: server.score("1.4"))
        first.start()
        time.sleep(0.3)
        second.start()
        time.sleep(0.1)
        third = server.score("0")
        assert (third.status, third.headers["X-Slipway-Unprocessed"]) == (503, "1")
        first.join()
        second.join()

    def test_a_caller_that_has_gone_is_not_run(self, serve: Serve) -> None:
        server = serve(self.SLOW)
        first = threading.Thread(target=lambda: server.score("1.0"))
        first.start()
        time.sleep(0.3)
        with server.connect() as connection:
            connection.sendall(POST + b"Content-Length: 3\r\n\r\n0.1")
            time.sleep(0.2)
        first.join()
        wait_for(lambda: server.metric("slipway_cancelled_total") == 1)
        assert server.metric("slipway_runs_total") == 1
        assert server.score("0").status == 200

    def test_a_thousand_aborts_leave_nothing(self, serve: Serve) -> None:
        server = serve(ECHO)
        for _ in range(1000):
            connection = server.connect()
            connection.sendall(POST + b"Content-Length: 10\r\n\r\nabc")
            connection.close()
        wait_for(lambda: server.metric("slipway_connections") == 1)
        assert server.metric("slipway_in_flight") == 0
        assert server.score("1", X_Slipway_Timeout_Ms="1000").status == 200
