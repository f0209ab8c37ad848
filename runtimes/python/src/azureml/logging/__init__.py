"""The run logger of the original's workbench: in a service a metric is a log line."""

from __future__ import annotations

import logging
from typing import Any


class _RunLogger:
    def log(self, name: str, value: Any = None, *_more: Any) -> None:
        logging.getLogger("azureml").info("%s: %s", name, value)


def get_azureml_logger() -> _RunLogger:
    """A logger with `log(name, value)`, as training scripts call it."""
    return _RunLogger()
