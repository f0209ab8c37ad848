"""Where run() is executed.

User code always runs in the main thread, as it did under the original's one synchronous worker: what init() opened
(a SQLite connection, thread-local state) is still at home in run(). While run() is quick the event loop moves into
that thread too and calls run() directly, which saves two thread switches a request; when it gets slow, the loop
leaves to a thread of its own, so that health and time-outs go on.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

from slipway.serving.answers import Answer, wire
from slipway.serving.ioloop import IoLoop, timed_out, write_from_outside
from slipway.serving.request import Request

if TYPE_CHECKING:
    from slipway.serving.worker import Worker

QUICK = 0.001  # seconds; a call up to this is quick
QUICK_RUNS = 16  # more quick calls than others before the loop comes in; doubled when it had to leave soon
MAX_QUICK_RUNS = 4096
SLOW = 0.002  # a call above this is slow
# The loop leaves when slow calls are more than one in five for a while. One alone says nothing: on a busy machine
# the system may have taken the processor away in its midst.
SLOW_WEIGHT = 4
SLOW_LIMIT = 16
SOON = 1000  # calls
BLOCKED = 0.25  # an inline call as long as this: a second loop takes the port


class Slot:
    """A thread of user code: what it runs, and since when."""

    __slots__ = ("request", "started", "stuck")

    def __init__(self) -> None:
        self.request: Request | None = None
        self.started = 0.0
        self.stuck = False


class Runner:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.jobs: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.slots = [Slot() for _ in range(worker.settings.max_concurrency)]
        self.inline: IoLoop | None = None  # the loop that the main thread runs, if it does
        self.rescue: IoLoop | None = None
        self._slow = 0
        self._inline_runs = 0
        self._took = 0.0
        self._quick = 0
        self._needed = QUICK_RUNS
        self._ended = False

    # -- in the threads of user code

    def serve(self) -> None:
        """Runs requests in the calling (main) thread until `end`."""
        for slot in self.slots[1:]:
            threading.Thread(target=self._serve_slot, args=(slot,), name="slipway-run", daemon=True).start()
        slot = self.slots[0]
        while True:
            request = self.jobs.get()
            if request is None:
                return
            self._run(slot, request)
            if self._quick >= self._needed and len(self.slots) == 1:
                self._serve_inline(self._worker.io)
                if self._ended:
                    return

    def _serve_slot(self, slot: Slot) -> None:
        while (request := self.jobs.get()) is not None:
            self._run(slot, request)
        self.jobs.put(None)

    def _run(self, slot: Slot, request: Request) -> None:
        if request.claim():
            request.connection.io.post(request, self._timed(slot, request))

    def _timed(self, slot: Slot, request: Request) -> Answer:
        started = slot.started = time.monotonic()
        slot.request = request
        answer = self._worker.scorer.score(request)
        slot.request = None
        slot.stuck = False
        self._took = took = time.monotonic() - started
        metrics = self._worker.metrics
        metrics.runs += 1
        metrics.run_seconds += took
        self._quick = self._quick + 1 if took < QUICK else self._quick // 2
        return answer

    def _serve_inline(self, io: IoLoop) -> None:
        if io.leaving or self.rescue is not None or not io.portable:
            return
        io.stop_thread()
        io.halted = False
        self.inline = io
        io.loop.call_soon(self._run_waiting, io)
        io.run()
        self.inline = None
        self._quick = self._slow = 0
        self._needed = min(self._needed * 2, MAX_QUICK_RUNS) if self._inline_runs < SOON else QUICK_RUNS
        self._inline_runs = 0
        io.start_thread()
        if self.rescue is not None:
            self.rescue.call(self.rescue.leave)

    def _run_waiting(self, io: IoLoop) -> None:
        """What had been queued before the loop came in."""
        while self.inline is io:
            try:
                request = self.jobs.get_nowait()
            except queue.Empty:
                return
            if request is None:
                self._ended = True
                io.halt()
                return
            if request.claim():
                io.release(request)
                request.connection.answer(request, self.run_inline(request))

    def run_inline(self, request: Request) -> Answer:
        """Called by the loop that runs in the main thread."""
        io = self.inline
        assert io is not None
        io.hide()
        answer = self._timed(self.slots[0], request)
        self._inline_runs += 1
        if self._took > SLOW:
            self._slow += SLOW_WEIGHT
            if self._slow >= SLOW_LIMIT or self._took > BLOCKED or self.rescue is not None:
                io.halt()
        elif self._slow:
            self._slow -= 1
        return answer

    # -- in the watchdog's thread

    def watch(self, now: float) -> str:
        """Looks after what runs; returns why the worker has to be replaced, or nothing."""
        worker = self._worker
        reason = ""
        if self.rescue is not None and self.rescue.at_rest and self.inline is None:
            self.rescue.dispose()
            self.rescue = None
        for slot in self.slots:
            request = slot.request
            if request is None:
                continue
            age = now - slot.started
            if self.inline is not None and age > BLOCKED:
                self._rescue(request, now)
            if age > worker.settings.timeout and not slot.stuck and slot.request is request:
                slot.stuck = True
                reason = f"run() has not returned {age:.1f} s after it began (request {request.id.decode()})"
                if self.inline is None:
                    request.connection.io.call(request.connection.io.release, request)
        return reason

    def _rescue(self, request: Request, now: float) -> None:
        io = self.inline
        if io is None:
            return
        if self.rescue is None and self._worker.listener.fileno() >= 0:
            self.rescue = IoLoop(self._worker, self._worker.listener)
            self.rescue.start_thread()
            self.rescue.call(self.rescue.listen)
        limit = self._worker.settings.timeout
        budget = min(limit, request.budget) if request.budget else limit
        if now - request.arrived >= budget and request.settle():
            worker = self._worker
            worker.metrics.timeouts += 1
            worker.metrics.answered(504)
            answer = timed_out(budget, request.id.decode())
            write_from_outside(request.connection, wire(answer, request.id, request.client_id, True, False))
        if now - self.slots[0].started > limit:
            # nobody will read these connections again
            for connection in list(io.connections):
                if connection is not request.connection:
                    connection.shut_down()

    @property
    def busy(self) -> bool:
        return any(slot.request is not None for slot in self.slots)

    def take_waiting(self) -> list[Request]:
        """The requests that nobody has begun, claimed."""
        waiting: list[Request] = []
        while True:
            try:
                request = self.jobs.get_nowait()
            except queue.Empty:
                return waiting
            if request is not None and request.claim():
                waiting.append(request)

    def end(self) -> None:
        """Ends `serve`."""
        self._ended = True
        self.jobs.put(None)
        io = self.inline
        if io is not None:
            io.call(io.halt)
