"""How run() is called and what becomes of its result."""

from __future__ import annotations

from collections.abc import Callable

from conftest import Server, wait_for

Serve = Callable[..., Server]


def test_user_code_stays_in_the_thread_of_init(serve: Serve) -> None:
    server = serve(
        """
        import sqlite3, threading

        def init():
            global db
            db = sqlite3.connect(":memory:")
            db.execute("create table calls (thread int)")

        def run(raw):
            db.execute("insert into calls values (?)", (threading.get_ident(),))
            main = threading.current_thread() is threading.main_thread()
            return [main, db.execute("select count(distinct thread) from calls").fetchone()[0]]
        """
    )
    for _ in range(60):
        assert server.score("").json == [True, 1]
    wait_for(lambda: server.score("").json == [True, 1] and server.metric("slipway_inline") == 1)


def test_asyncio_in_run_and_coroutines(serve: Serve) -> None:
    server = serve(
        """
        import asyncio

        async def work(raw):
            await asyncio.sleep(0)
            return raw

        def init():
            asyncio.run(work(""))

        def run(raw):
            return asyncio.run(work(raw))
        """
    )
    one = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n7"
    received = server.raw(one * 300 + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.count(b'\r\n\r\n"7"') == 300  # while the loop comes into this thread
    for _ in range(60):
        assert server.score("7").json == "7"
    server = serve(
        """
        import asyncio

        async def init():
            global lock
            lock = asyncio.Lock()

        async def run(raw):
            async with lock:
                await asyncio.sleep(0)
                return raw + "!"
        """
    )
    for _ in range(60):
        assert server.score("7").json == "7!"


def test_request_headers_and_response_headers(serve: Serve) -> None:
    server = serve(
        """
        def init():
            pass

        def run(raw, request_headers):
            return {
                "aml_response_headers": {"X-Own": request_headers["X-Caller"], "Content-Length": "1", "Bad\\r\\nX": "1",
                                         "X-Split": "a\\r\\nSet-Cookie: b", "X-Ms-Request-Id": "forged"},
                "aml_response_body": {"body": raw},
            }
        """
    )
    answer = server.score("7", X_Caller="me", X_Ms_Request_Id="mine")
    assert (answer.status, answer.json) == (200, {"body": "7"})
    assert answer.headers["X-Own"] == "me"
    assert answer.headers["X-Ms-Request-Id"] == "mine"
    assert answer.headers["Set-Cookie"] is None and answer.headers["X-Split"] is None


def test_another_content_type_is_sent_as_it_is(serve: Serve) -> None:
    server = serve(
        """
        def init():
            pass

        def run(raw):
            return {"aml_response_headers": {"Content-Type": "text/csv"}, "aml_response_body": "a,b\\n"}
        """
    )
    answer = server.score("")
    assert (answer.headers["Content-Type"], answer.text) == ("text/csv", "a,b\n")


def test_what_cannot_be_encoded_is_500_and_not_the_scripts_failure(serve: Serve) -> None:
    server = serve("def init(): pass\ndef run(raw): return object() if raw else 1")
    answer = server.score("x")
    assert (answer.status, answer.headers["x-ms-run-function-failed"]) == (500, "False")
    assert "builtins.object" in answer.json["message"]
    assert server.score("").json == 1


def test_argv_main_block_and_pickles_of_the_script(serve: Serve) -> None:
    server = serve(
        """
        import pickle, sys

        class Model:
            pass

        def init():
            global copy
            copy = pickle.loads(pickle.dumps(Model()))

        def run(raw):
            return [type(copy) is Model, len(sys.argv), __name__]

        if __name__ == "__main__":
            raise SystemExit("not as a program")
        """
    )
    assert server.score("").json == [True, 1, "score"]


def test_inputs_and_run_have_to_fit(start: Serve) -> None:
    schema = '{"input": {"b": {"type": 0, "internal": {"type": "int"}, "swagger": {}}}, "format": "slipway.schema/1"}'
    server = start("def init(): pass\ndef run(a): pass", {"s.json": schema}, SLIPWAY_SCHEMA="s.json")
    assert server.process.wait(30) == 3
    (message,) = server.messages()
    assert "the schema's input 'b' is no parameter" in message and "run()'s parameter 'a' is not in" in message


def test_a_missing_schema_file_is_named(start: Serve) -> None:
    server = start("def init(): pass\ndef run(a): pass", SLIPWAY_SCHEMA="nowhere.json")
    assert server.process.wait(30) == 3
    assert "there is no schema file" in server.messages()[0]


def test_content_types_with_a_schema(serve: Serve) -> None:
    schema = '{"input": {"a": {"type": 0, "internal": {"type": "int"}, "swagger": {}}}}'
    server = serve("def init(): pass\ndef run(a): return a", {"s.json": schema}, SLIPWAY_SCHEMA="s.json")
    for content_type, status in {
        "application/json": 200,
        "Application/JSON;charset=UTF-8": 200,
        'application/json; charset="utf-8"': 200,
        "application/json; charset=latin-1": 415,
        "application/json,": 415,
        "text/csv": 415,
        "application/jsonx": 415,
    }.items():
        answer = server.request("POST", "/score", '{"a": 7}', {"Content-Type": content_type})
        assert answer.status == status, content_type
        assert answer.json == (7 if status == 200 else {"message": "Expects Content-Type to be application/json"})
    assert server.request("POST", "/score", '{"a": 7}').status == 415
    assert server.get("/score?a=7").json == 7
    bad = server.score('{"a": "7", "b/~": 1}', X_Ms_Request_Id="r")
    assert (bad.status, bad.json["status_code"], bad.json["requestId"]) == (400, 400, "r")
    assert bad.json["details"][0]["pointer"] == "/b~1~0"


def test_own_azureml_comes_before_one_of_the_dependencies(serve: Serve) -> None:
    server = serve(
        """
        from azureml.datacollector import ModelDataCollector
        from azureml.core import ANSWER

        def init():
            pass

        def run(raw):
            return [ModelDataCollector.__module__, ANSWER]
        """,
        {
            "azureml/__init__.py": "raise RuntimeError('the original')",
            "azureml/datacollector/__init__.py": "raise RuntimeError('the original')",
            "azureml/core.py": "ANSWER = 42",
        },
    )
    assert server.score("").json == ["slipway.collector", 42]
