"""A worker process as the supervisor sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable


class Child:
    def __init__(self, number: int, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.number = number
        self.process = process
        self.control = control
        self.beat = time.monotonic()
        self.ready_at = 0.0  # monotonic; 0: init() has not returned
        self.stuck = False
        self.retire_by = 0.0  # monotonic; 0: not retiring
        self.closers: list[Callable[[], None]] = []

    @property
    def ready(self) -> bool:
        return self.ready_at > 0

    def kill(self) -> None:
        """Not Popen.kill(), which may collect the child itself, unseen by the supervisor."""
        try:
            os.kill(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
