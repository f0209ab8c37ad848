from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import uuid
from collections import OrderedDict, namedtuple
from typing import Any

import pytest

from slipway.encoding import NotEncodable, encode


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Box:
    size: int
    inner: Any = None


Pair = namedtuple("Pair", "a b")
UTC = datetime.timezone.utc
BIG = 2**70


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, 3: "x", None: 1, True: 2, 1.5: 3}, '{"a":1,"3":"x","null":1,"true":2,"1.5":3}'),
        (Pair(1, [2]), "[1,[2]]"),
        (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
        (BIG, str(BIG)),
        (
            {"n": BIG, "u": "ü\ud800", (1, 2): float("nan")},
            '{"n":1180591620717411303424,"u":"\\u00fc\\ud800","(1, 2)":null}',
        ),
        ([float("nan"), float("inf"), -float("inf"), 0.1, 2.5], "[null,null,null,0.1,2.5]"),
        ({3, 1, 2}, "[1,2,3]"),
        (frozenset(["a"]), '["a"]'),
        (b"\x00\xff", '"AP8="'),
        (bytearray(b"a"), '"YQ=="'),
        (range(3), "[0,1,2]"),
        (decimal.Decimal("12345678901234567890.10"), "12345678901234567890.10"),
        (decimal.Decimal("NaN"), "null"),
        ([BIG, decimal.Decimal("1.5")], f"[{BIG},1.5]"),
        (datetime.date(2017, 9, 25), '"2017-09-25"'),
        (datetime.datetime(2017, 9, 25, 1, 2, 3, tzinfo=UTC), '"2017-09-25T01:02:03+00:00"'),
        (datetime.time(1, 2), '"01:02:00"'),
        (datetime.timedelta(seconds=1.5), "1.5"),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ([Colour.RED, Level.LOW, BIG], f'["red",1,{BIG}]'),
        (Box(1, Box(2)), '{"size":1,"inner":{"size":2,"inner":null}}'),
        ([Box(BIG)], '[{"size":1180591620717411303424,"inner":null}]'),
        (pathlib.PurePosixPath("/a"), '"/a"'),
    ],
)
def test_python(value: Any, expected: str) -> None:
    text = encode(value).decode()
    assert text == expected
    json.loads(text)


@pytest.mark.parametrize("value", [object(), 1j, [lambda: 1], {"a": int}, {"a": [BIG, object()]}])
def test_what_has_no_form_is_named(value: Any) -> None:
    with pytest.raises(NotEncodable, match="cannot become JSON"):
        encode(value)


def test_a_value_that_holds_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(NotEncodable):
        encode(loop)
    with pytest.raises(NotEncodable):
        encode([BIG, loop])


def test_numpy() -> None:
    np = pytest.importorskip("numpy")
    value = {
        "array": np.array([[1.0, np.nan], [np.inf, 4.0]]),
        "not contiguous": np.arange(6).reshape(2, 3).T,
        "objects": np.array([1, "a", None], dtype=object),
        "text": np.array(["ä"]),
        "scalars": [np.int64(5), np.float32(0.5), np.bool_(True), np.str_("s"), np.float64("nan")],
        "moments": np.array(["2017-09-25", "NaT"], dtype="M8[D]"),
        "moment": np.datetime64("2017-09-25T01:00:00"),
        "nothing": np.datetime64("NaT", "s"),
        "empty": np.zeros((0, 3)),
        "half": np.array([0.5], dtype=np.float16),
        np.str_("key"): 1,
    }
    assert json.loads(encode(value)) == {
        "array": [[1.0, None], [None, 4.0]],
        "not contiguous": [[0, 3], [1, 4], [2, 5]],
        "objects": [1, "a", None],
        "text": ["ä"],
        "scalars": [5, 0.5, True, "s", None],
        "moments": ["2017-09-25", None],
        "moment": "2017-09-25T01:00:00",
        "nothing": None,
        "empty": [],
        "half": [0.5],
        "key": 1,
    }
    assert json.loads(encode({np.int64(1): BIG, "a": np.arange(3)})) == {"1": BIG, "a": [0, 1, 2]}
    with pytest.raises(NotEncodable):
        encode(np.array([1j]))


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "f": [0.5, None],
            "t": ["a", None],
            "when": pd.to_datetime(["2017-09-25", None]),
            5: [True, False],
        }
    )
    assert json.loads(encode(frame)) == [
        {"n": 1, "f": 0.5, "t": "a", "when": "2017-09-25T00:00:00", "5": True},
        {"n": 2, "f": None, "t": None, "when": None, "5": False},
    ]
    assert json.loads(encode([frame["n"], frame.columns[:1], pd.NA, pd.NaT])) == [[1, 2], ["n"], None, None]
    assert json.loads(encode(pd.Timestamp("2017-09-25T01:00Z"))) == "2017-09-25T01:00:00+00:00"
    assert json.loads(encode(pd.Timedelta(seconds=2))) == 2.0
    assert json.loads(encode({"k": pd.Categorical(["x", "y"]), "big": BIG})) == {"k": ["x", "y"], "big": BIG}
