"""The data collector of scoring scripts."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from slipway.context import current_request
from slipway.settings import CollectorSettings
from slipway.spool import process_spool

STANDARD_COLUMNS = ("$Timestamp", "$CorrelationId", "$RequestId")


class ModelDataCollector:
    """Keeps what a model was asked and what it answered, at one place of the script.

    `identifier` names that place; use one collector for each, so that its columns stay the same. `feature_names` are
    the columns of lists and arrays; a DataFrame brings its own. The remaining arguments are accepted for scripts that
    pass them: a service knows its account, name and models.

    Storing needs AML_MODEL_DC_STORAGE_ENABLED=true, which the platform sets for services that collect data;
    AML_MODEL_DC_DEBUG=true prints what is collected as CSV. Otherwise collect() does nothing.
    """

    def __init__(
        self,
        model_name: str,
        identifier: str = "default",
        feature_names: Sequence[str] | None = None,
        model_management_account_id: str = "unknown",
        webservice_name: str = "unknown",
        model_id: str = "unknown",
        model_version: str = "unknown",
    ) -> None:
        self.model_name = str(model_name)
        self.identifier = str(identifier)
        self.feature_names = [str(name) for name in feature_names] if feature_names is not None else None
        self._settings = CollectorSettings.from_environment()
        self._stores = self._settings.storage and bool(self._settings.folder)
        self._header_printed = False

    def collect(self, input_data: Any, user_correlation_id: str = "") -> None:
        """Takes a list, an array, a dict or a DataFrame; never waits, never raises, and leaves the data as it is.

        A list or an array of one dimension is one row, one of two dimensions a row for each of its rows.
        """
        if not self._stores and not self._settings.debug:
            return
        try:
            moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            request_id = current_request.get() or ""
            columns, rows = table(input_data, self.feature_names)
            if self._settings.debug:
                self._print([moment, str(user_correlation_id), request_id], columns, rows)
            if self._stores:
                self._store(moment, str(user_correlation_id), request_id, columns, rows)
        except Exception as error:
            print(f"the data of {self.identifier!r} could not be collected: {error}", file=sys.stderr)

    def _store(self, moment: str, correlation: str, request_id: str, columns: list[str], rows: Any) -> None:
        from slipway.encoding import encode

        record = {
            "time": moment,
            "correlationId": correlation,
            "requestId": request_id,
            "modelName": self.model_name,
            "identifier": self.identifier,
            "columns": columns,
            "rows": rows,
        }
        process_spool(self._settings).put(encode(record))

    def _print(self, standard: list[str], columns: list[str], rows: Any) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self._header_printed:
            self._header_printed = True
            writer.writerow([*STANDARD_COLUMNS, *columns])
        for row in rows:
            writer.writerow([*standard, *("" if value is None else value for value in row)])
        print(text.getvalue(), end="")


def table(data: Any, names: list[str] | None) -> tuple[list[str], Any]:
    """Column names and rows of whatever scripts collect."""
    if hasattr(data, "toPandas") and hasattr(data, "collect"):  # Spark
        return [str(column) for column in data.columns], [list(row) for row in data.collect()]
    if hasattr(data, "itertuples"):
        columns = [str(column) for column in data.columns]
        return columns, [list(row) for row in data.itertuples(index=False, name=None)]
    if hasattr(data, "to_frame") and hasattr(data, "index"):
        data = data.tolist()
    if isinstance(data, Mapping):
        return [str(key) for key in data], [list(data.values())]
    if hasattr(data, "ndim") and hasattr(data, "reshape"):
        shape = (1, -1) if data.ndim < 2 else (data.shape[0], -1)
        rows: Any = data.reshape(shape).tolist() if data.size else []
    elif isinstance(data, (list, tuple)):
        nested = bool(data) and all(isinstance(item, (list, tuple)) for item in data)
        rows = [list(row) for row in data] if nested else [list(data)]
    else:
        rows = [[data]]
    return _named(names, max(map(len, rows), default=0)), rows


def _named(names: list[str] | None, width: int) -> list[str]:
    """As many names as there are values; values without a name get their position."""
    names = list(names or [])
    return names + [str(position) for position in range(len(names), width)]
