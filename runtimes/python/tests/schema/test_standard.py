from __future__ import annotations

import datetime
from typing import Any

import pytest

from slipway.schema import InputError, SchemaError
from slipway.schema.standard import StandardInput

UTC = datetime.timezone.utc


def convert(sample: Any, value: Any) -> Any:
    return StandardInput.of_sample(sample).convert(value, "/x")


@pytest.mark.parametrize(
    ("sample", "value", "expected"),
    [
        (1, 7, 7),
        (1, 7.0, 7),
        (1.5, 2, 2.0),
        ("a", "b", "b"),
        (True, False, False),
        ([1], [], []),
        ((1,), [1, 2], (1, 2)),
        (range(5), [1, 2.0], [1, 2]),
        ({"a": 1}, {"b": None}, {"b": None}),
        (None, {"any": "thing"}, {"any": "thing"}),
        (b"", "AAEC", b"\x00\x01\x02"),
        (bytearray(), "AAEC", bytearray(b"\x00\x01\x02")),
        (datetime.date(2017, 1, 1), "2017-11-30", datetime.date(2017, 11, 30)),
        (datetime.time(1), "08:30", datetime.time(8, 30)),
        (datetime.time(1), "08:30:15.25Z", datetime.time(8, 30, 15, 250000, UTC)),
        (datetime.datetime(2017, 1, 1), "2017-11-30", datetime.datetime(2017, 11, 30)),
        (datetime.datetime(2017, 1, 1), "2017-11-30T08:30:00Z", datetime.datetime(2017, 11, 30, 8, 30, tzinfo=UTC)),
        (
            datetime.datetime(2017, 1, 1),
            "2017-11-30 08:30:00.123456789-0230",
            datetime.datetime(
                2017, 11, 30, 8, 30, 0, 123456, datetime.timezone(-datetime.timedelta(hours=2, minutes=30))
            ),
        ),
    ],
)
def test_converts(sample: Any, value: Any, expected: Any) -> None:
    got = convert(sample, value)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (1, "7"),
        (1, 7.5),
        (1, True),
        (1, None),
        (1, 2**63),
        (1.5, "2"),
        (1.5, False),
        ("a", 1),
        (True, 1),
        ([1], {}),
        ((1,), "ab"),
        (range(5), ["1"]),
        ({"a": 1}, []),
        (b"", "A"),
        (b"", "A A="),
        (b"", 7),
        (datetime.date(2017, 1, 1), "2017-02-30"),
        (datetime.time(1), "25:00"),
        (datetime.datetime(2017, 1, 1), "the day after"),
        (datetime.datetime(2017, 1, 1), 1511999999),
        (datetime.datetime(2017, 1, 1), "2017-13-01T00:00:00"),
    ],
)
def test_refuses_with_the_pointer(sample: Any, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        convert(sample, value)
    assert [pointer for pointer, _ in caught.value.fields] == ["/x"]
    assert "expected, got" in str(caught.value)


def test_samples_that_no_json_can_give() -> None:
    with pytest.raises(SchemaError, match="'complex' is no type of a STANDARD input"):
        StandardInput.of_sample(1j)


def test_example_keeps_three_records() -> None:
    assert StandardInput.of_sample([[1, 2, 3, 4], 5, b"\x00", 7]).example == [[1, 2, 3, 4], 5, "AA=="]
    assert StandardInput.of_sample(range(9)).to_json() == {
        "type": 0,
        "internal": {"type": "range"},
        "swagger": {"type": "array", "items": {"type": "integer", "format": "int64"}, "example": [0, 1, 2]},
    }
