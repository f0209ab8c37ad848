"""An event loop with its connections: admission, deadlines, sweeping, draining.

A loop runs in a thread of its own, or in the thread of the user's code while that is fast (see `runner`). All of its
state is touched only by the thread that runs it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from slipway.serving.answers import Answer, problem, unprocessed
from slipway.serving.connection import Connection
from slipway.serving.reader import BODY, HEAD, IDLE
from slipway.serving.relay import relay
from slipway.serving.request import Request

if TYPE_CHECKING:
    from slipway.serving.worker import Worker

SWEEP = 1.0  # seconds between two looks at every connection; the limits below are in sweeps
HEAD_LIMIT = 10
BODY_PAUSE_LIMIT = 15
BODY_LIMIT = 60
IDLE_LIMIT = 90
WRITE_LIMIT = 30
LINGER_LIMIT = 2
MAX_CONNECTIONS = 1000
LEAVE_AFTER = 0.3  # seconds for requests that are already on their way when the listener closes


def new_event_loop() -> tuple[asyncio.AbstractEventLoop, bool]:
    """A loop, and whether it may move from thread to thread unseen by asyncio."""
    try:
        import uvloop
    except ImportError:  # no wheel for this interpreter: the standard loop is slower and does the same
        return asyncio.new_event_loop(), False
    return uvloop.new_event_loop(), True


class IoLoop:
    def __init__(self, worker: Worker, listener: socket.socket) -> None:
        self.worker = worker
        self.loop, self.portable = new_event_loop()
        self.metrics = worker.metrics
        self.tick = 0
        self.connections: set[Connection] = set()
        self.buffered = 0  # bytes of bodies that are still being received
        self.max_body = worker.settings.max_body
        self.max_buffered = max(256 << 20, 4 * worker.settings.max_body)
        self.admitted = 0  # requests that wait or run
        self.leaving = False  # no longer listening; connections end with their next answer
        self.left = False  # what the kernel had taken is accepted; no connection will come any more
        self.retired = False  # another worker is there: waiting requests are handed over
        self._limit = worker.settings.max_concurrency
        self._queue_limit = self._limit + worker.settings.max_queue
        self._done: deque[tuple[Request, Answer]] = deque()
        self._done_signalled = False
        self._listener = listener.dup()
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening = False
        self.halted = False
        self._hidden = False
        self.loop.call_later(SWEEP, self._sweep)

    # -- its thread

    def start_thread(self) -> None:
        self.halted = False
        self._thread = threading.Thread(target=self.run, name="slipway-io", daemon=True)
        self._thread.start()

    def stop_thread(self) -> None:
        self.halted = True
        self.call(self.loop.stop)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run(self) -> None:
        """Runs the loop in the calling thread until it is halted."""
        while not self.halted:  # an older stop may still have been under way
            self._hidden = False
            self.loop.run_forever()

    def hide(self) -> None:
        """Keeps from asyncio that a loop runs in this thread: run() may use asyncio.run(), which would refuse."""
        if not self._hidden:
            self._hidden = True
            asyncio._set_running_loop(None)

    def halt(self) -> None:
        """Ends `run`; called in the thread of the loop."""
        self.halted = True
        self.loop.stop()

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Runs a function in the thread of the loop."""
        self.loop.call_soon_threadsafe(function, *args)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def listen(self, then: Callable[[], object] = lambda: None) -> None:
        """Takes connections; `then` is called when it does."""
        if self._opening or self.leaving:
            then()
            return
        self._opening = True
        self.spawn(self._listen(then))

    async def _listen(self, then: Callable[[], object]) -> None:
        self._server = await self.loop.create_server(lambda: Connection(self), sock=self._listener)
        then()

    # -- connections

    def opened(self, connection: Connection) -> None:
        self.connections.add(connection)
        if len(self.connections) > MAX_CONNECTIONS:
            connection.finish()

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def _sweep(self) -> None:
        self.tick += 1
        now = self.tick
        self.loop.call_later(SWEEP, self._sweep)
        for connection in list(self.connections):
            reader = connection.reader
            pause, age = now - connection.seen, now - reader.since
            unsent = connection.transport.get_write_buffer_size() > 0
            if connection.lingering or unsent:
                if pause > (WRITE_LIMIT if unsent else LINGER_LIMIT):
                    connection.transport.abort()
            elif connection.current is not None:
                continue
            elif reader.phase == HEAD and age > HEAD_LIMIT:
                connection.refuse(problem(408, f"The head of the request took longer than {HEAD_LIMIT} s"))
            elif reader.phase == BODY and (pause > BODY_PAUSE_LIMIT or age > BODY_LIMIT):
                connection.refuse(problem(408, "The body of the request arrived too slowly"))
            elif reader.phase == IDLE and pause > IDLE_LIMIT:
                connection.finish()

    # -- requests

    def handle(self, request: Request) -> None:
        answer = self.worker.routes.answer(self, request)
        if answer is not None:
            request.connection.answer(request, answer)

    def score(self, request: Request) -> Answer | None:
        """Runs the user's code at once, or later and then answers by itself."""
        runner = self.worker.runner
        if runner.inline is self:
            return runner.run_inline(request)
        if self.retired:
            self._hand_over(request)
            return None
        if self.admitted >= (self._limit if request.budget else self._queue_limit):
            return self.overloaded("every place is taken", request)
        self.admitted += 1
        request.released = False
        limit = self.worker.settings.timeout
        budget = min(limit, request.budget) if request.budget else limit
        request.timer = self.loop.call_later(budget, self._on_deadline, request, budget)
        runner.jobs.put(request)
        return None

    def overloaded(self, why: str, request: Request | None = None) -> Answer:
        return unprocessed(f"The service is busy: {why}", request.id.decode() if request else "")

    def post(self, request: Request, answer: Answer) -> None:
        """Takes an answer from a thread of the user's code."""
        self._done.append((request, answer))
        if not self._done_signalled:
            self._done_signalled = True
            try:
                self.loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the loop is closed: its callers have long been answered
                self._done.clear()

    def _deliver(self) -> None:
        self._done_signalled = False  # before the queue is emptied, or a wake-up is lost
        while self._done:
            request, answer = self._done.popleft()
            self.release(request)
            request.connection.answer(request, answer)

    def release(self, request: Request) -> None:
        """The request takes no place any more."""
        if request.timer is not None:
            request.timer.cancel()
        if not request.released:
            request.released = True
            self.admitted -= 1

    def _on_deadline(self, request: Request, budget: float) -> None:
        connection, ident = request.connection, request.id.decode()
        if request.claim():
            self.release(request)
            connection.answer(request, unprocessed("The service is busy: no place came free in time", ident))
        else:
            self.metrics.timeouts += 1
            connection.answer(request, timed_out(budget, ident))

    def abandoned(self, request: Request) -> bool:
        """The caller has gone; true when the request had not run yet and now never will."""
        if request.released or not request.claim():
            return False
        self.metrics.cancelled += 1
        self.release(request)
        return True

    # -- the end

    @property
    def at_rest(self) -> bool:
        """It listens no more and has nothing left to do."""
        return self.left and not self.connections and not self._tasks and not self.admitted

    def dispose(self) -> None:
        self.stop_thread()
        self.loop.close()

    def leave(self) -> None:
        """Stops listening and closes connections as they come to rest."""
        if self.leaving:
            return
        if self.worker.runner.inline is self:
            self.halt()  # what follows needs a loop that tasks can see: one in its own thread
            self.loop.call_soon(self.leave)
            return
        self.leaving = True
        self.spawn(self._leave())

    async def _leave(self) -> None:
        with self._listener.dup() as listener:
            if self._server is not None:
                self._server.close()  # closes its own copy
                self._server = None
            # Connections that the kernel has already taken are served; without this they would be reset.
            while not self.retired:
                try:
                    accepted, _ = listener.accept()
                except OSError:
                    break
                accepted.setblocking(False)
                await self.loop.connect_accepted_socket(lambda: Connection(self), accepted)
        self.left = True
        await asyncio.sleep(LEAVE_AFTER)
        for connection in list(self.connections):
            if connection.current is None and connection.reader.phase == IDLE:
                connection.finish()

    def retire(self, waiting: list[Request]) -> None:
        """Another worker listens on the same port now."""
        self.retired = True
        self.leave()
        for request in waiting:
            self._hand_over(request)

    def _hand_over(self, request: Request) -> None:
        if self.worker.runner.inline is self:
            self.loop.call_soon(self._hand_over, request)
            return
        self.release(request)
        self.spawn(relay(request, self.worker.settings, self.worker.port))


def timed_out(budget: float, request_id: str) -> Answer:
    return problem(504, f"Scoring timeout after {round(budget * 1000)} ms", request_id)


def write_from_outside(connection: Connection, data: bytes) -> None:
    """Writes to a connection whose loop does not move, then ends it."""
    try:
        os.write(connection.fd, data)
    except OSError:
        pass
    connection.shut_down()


def elapsed(since: float) -> float:
    return time.monotonic() - since
