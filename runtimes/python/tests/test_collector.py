from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Server, wait_for
from slipway import spool
from slipway.collector import ModelDataCollector, table
from slipway.settings import CollectorSettings

Serve = Callable[..., Server]


def settings(folder: Path, **values: int) -> CollectorSettings:
    defaults = {"max_spool": 1 << 30, "max_queue": 1 << 24, **values}
    return CollectorSettings(folder=str(folder), storage=True, debug=False, epoch="", **defaults)


def records(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted((json.loads(line) for line in lines), key=lambda record: (record["epoch"], record["seq"]))


def counters(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.counters.json")
    return dict(json.loads(path.read_text()))


class TestTable:
    @pytest.mark.parametrize(
        ("data", "names", "columns", "rows"),
        [
            ([1, "a"], ["x", "y"], ["x", "y"], [[1, "a"]]),
            ([[1, 2], [3, 4]], None, ["0", "1"], [[1, 2], [3, 4]]),
            ([1, 2, 3], ["x"], ["x", "1", "2"], [[1, 2, 3]]),
            ({"a": 1, "b": 2}, None, ["a", "b"], [[1, 2]]),
            (7.5, ["x"], ["x"], [[7.5]]),
            ("text", None, ["0"], [["text"]]),
            ([], ["x"], ["x"], [[]]),
        ],
    )
    def test_python(self, data: Any, names: Any, columns: Any, rows: Any) -> None:
        assert table(data, names) == (columns, rows)

    def test_arrays_and_frames(self) -> None:
        np = pytest.importorskip("numpy")
        pd = pytest.importorskip("pandas")
        assert table(np.array([1, 2]), ["x", "y"]) == (["x", "y"], [[1, 2]])
        assert table(np.array([[1, 2], [3, 4]]), None) == (["0", "1"], [[1, 2], [3, 4]])
        assert table(np.zeros((2, 2, 2)), None)[1] == [[0.0] * 4] * 2
        assert table(np.array(5), None) == (["0"], [[5]])
        frame = pd.DataFrame({"a": [1], "b": ["x"]})
        assert table(frame, ["ignored"]) == (["a", "b"], [[1, "x"]])
        assert list(frame.columns) == ["a", "b"]
        assert table(frame["a"], ["label"]) == (["label"], [[1]])


class TestSpool:
    def test_every_record_is_written_once_in_order(self, tmp_path: Path) -> None:
        box = spool.Spool(settings(tmp_path), "e1")
        for n in range(500):
            box.put(json.dumps({"n": n}).encode())
        box.close()
        assert [(r["n"], r["seq"], r["epoch"]) for r in records(tmp_path)] == [(n, n + 1, "e1") for n in range(500)]
        assert not list(tmp_path.glob("*.open"))
        dropped = {"queue": 0, "size": 0, "spool": 0, "error": 0}
        sums = counters(tmp_path)
        assert sums.pop("lines") <= 500 and sums.pop("segment") >= 1
        expected = {"v": 1, "epoch": "e1", "collected": 500, "written": 500, "dropped": dropped, "final": True}
        assert sums == expected

    def test_segments_close_by_size_and_by_age(self, tmp_path: Path) -> None:
        box = spool.Spool(settings(tmp_path), "e1")
        for _ in range(3):
            box.put(b'{"x":"' + b"x" * (1 << 20) + b'"}')
        wait_for(lambda: len(list(tmp_path.glob("e1-*.jsonl"))) == 3)
        box.put(b'{"x":1}')
        wait_for(lambda: (tmp_path / "e1-4.jsonl").exists(), 10)
        assert counters(tmp_path)["final"] is False
        box.close()

    def test_what_is_collected_is_written_or_counted_as_dropped(self, tmp_path: Path) -> None:
        box = spool.Spool(settings(tmp_path, max_queue=20_000), "e1")
        record = b'{"x":"' + b"x" * 1000 + b'"}'
        threads = [threading.Thread(target=lambda: [box.put(record) for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        box.put(b'{"x":"' + b"x" * (5 << 20) + b'"}')
        for thread in threads:
            thread.join()
        box.close()
        sums = counters(tmp_path)
        assert sums["collected"] == 2001 == sums["written"] + sum(sums["dropped"].values())
        assert sums["dropped"]["queue"] > 0 and sums["dropped"]["size"] == 1
        assert len(records(tmp_path)) == sums["written"]

    def test_a_full_folder_drops_and_goes_on_when_it_is_emptied(self, tmp_path: Path) -> None:
        box = spool.Spool(settings(tmp_path, max_spool=70_000), "e1")
        box.put(b'{"x":"' + b"x" * 80_000 + b'"}')
        wait_for(lambda: list(tmp_path.glob("*.jsonl")))
        box.put(b'{"x":1}')
        wait_for(lambda: box.dropped["spool"] == 1)
        for path in tmp_path.glob("*.jsonl"):
            path.unlink()
        box.put(b'{"x":2}')
        box.close()
        assert [record["x"] for record in records(tmp_path)] == [2]

    def test_a_folder_that_cannot_be_written_blocks_nobody(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        box = spool.Spool(settings(tmp_path / "file" / "below"), "e1")
        box.put(b'{"x":1}')
        wait_for(lambda: box.dropped["error"] == 1)
        box.close()

    def test_seal_keeps_whole_lines_and_other_epochs(self, tmp_path: Path) -> None:
        begun = {"collected": 5, "written": 4, "segment": 2, "lines": 1, "final": False}
        for epoch in ("1p2w3", "1p2w34", "1p2w3c9"):
            (tmp_path / f"{epoch}-2.jsonl.open").write_text('{"seq":5}\n{"seq":6}\n{"seq":7}\n{"seq":8')
            spool.replace_file(str(tmp_path / f"{epoch}.counters.json"), json.dumps(begun))
        spool.seal(str(tmp_path), "1p2w3")
        sealed = {"collected": 7, "written": 6, "segment": 2, "lines": 3, "final": True}
        for epoch, expected in {"1p2w3": sealed, "1p2w3c9": sealed, "1p2w34": begun}.items():
            assert json.loads((tmp_path / f"{epoch}.counters.json").read_text()) == expected
        assert (tmp_path / "1p2w3-2.jsonl").read_text() == '{"seq":5}\n{"seq":6}\n{"seq":7}\n'
        assert (tmp_path / "1p2w3c9-2.jsonl").exists()
        assert (tmp_path / "1p2w34-2.jsonl.open").exists()


class TestInService:
    SCRIPT = """
        import os
        from azureml.datacollector import ModelDataCollector

        def init():
            global dc
            dc = ModelDataCollector("model.pkl", identifier="inputs", feature_names=["a", "b"])

        def run(raw):
            dc.collect([raw, None], user_correlation_id="c-1")
            if raw == "fork":
                pid = os.fork()
                if not pid:
                    dc.collect(["child", 1])
                    import atexit
                    atexit._run_exitfuncs()
                    os._exit(0)
                os.waitpid(pid, 0)
            return raw
    """

    def test_records(self, serve: Serve) -> None:
        server = serve(self.SCRIPT, AML_MODEL_DC_STORAGE_ENABLED="true")
        server.score("ä", X_Ms_Request_Id="r-1")
        wait_for(lambda: records(server.spool), 10)
        (record,) = records(server.spool)
        assert record.pop("time").endswith("Z")
        epoch = record.pop("epoch")
        assert epoch.split("p")[1] == f"{server.process.pid}w1"
        assert record == {
            "v": 1,
            "seq": 1,
            "correlationId": "c-1",
            "requestId": "r-1",
            "modelName": "model.pkl",
            "identifier": "inputs",
            "columns": ["a", "b"],
            "rows": [["ä", None]],
        }

    def test_the_end_writes_everything(self, serve: Serve) -> None:
        server = serve(self.SCRIPT, AML_MODEL_DC_STORAGE_ENABLED="true")
        for n in range(20):
            server.score(str(n))
        assert server.stop() == 0
        assert [record["rows"][0][0] for record in records(server.spool)] == [str(n) for n in range(20)]
        assert counters(server.spool)["final"] is True

    def test_a_killed_worker_leaves_closed_segments(self, serve: Serve) -> None:
        server = serve(self.SCRIPT, AML_MODEL_DC_STORAGE_ENABLED="true")
        server.score("1")
        wait_for(lambda: any(path.stat().st_size for path in server.spool.glob("*.jsonl*")))
        os.kill(server.workers()[0], signal.SIGKILL)
        wait_for(lambda: records(server.spool) and counters(server.spool)["final"])
        assert counters(server.spool)["written"] == len(records(server.spool)) == 1
        assert not list(server.spool.glob("*.open"))

    def test_a_forked_child_has_its_own_segments(self, serve: Serve) -> None:
        server = serve(self.SCRIPT, AML_MODEL_DC_STORAGE_ENABLED="true")
        assert server.score("fork").status == 200
        wait_for(lambda: len(records(server.spool)) == 2)
        assert {record["seq"] for record in records(server.spool)} == {1}
        assert len({record["epoch"] for record in records(server.spool)}) == 2

    def test_off_unless_it_is_on(self, serve: Serve) -> None:
        server = serve(self.SCRIPT)
        server.score("1")
        time.sleep(0.3)
        assert not server.spool.exists()

    def test_debug_prints_csv(self, serve: Serve) -> None:
        server = serve(self.SCRIPT, AML_MODEL_DC_DEBUG="true")
        server.score('a,"b', X_Ms_Request_Id="r-1")
        server.score("2", X_Ms_Request_Id="r-2")
        server.wait_message("r-2")
        header, first, second = server.messages("stdout")
        assert header == "$Timestamp,$CorrelationId,$RequestId,a,b"
        assert first.endswith(',c-1,r-1,"a,""b",') and second.endswith(",c-1,r-2,2,")


def test_collect_never_raises(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_MODEL_DC_DEBUG", "true")

    class Broken:
        toPandas = columns = ()

        def collect(self) -> None:
            raise RuntimeError("no cluster")

    ModelDataCollector("m", "inputs").collect(Broken())
    assert "the data of 'inputs' could not be collected: no cluster" in capsys.readouterr().err
