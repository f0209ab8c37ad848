"""The supervisor: holds the listening socket and the log, starts workers and replaces them.

It imports nothing of the user's and answers no request itself, so that it stays small and alive.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from slipway.serving import channel
from slipway.serving.child import Child
from slipway.serving.logs import LineSplitter, LogFile
from slipway.serving.record import write_record
from slipway.settings import CollectorSettings, Settings, WorkerSettings
from slipway.spool import seal

INIT_FAILED = 3
MAX_INIT_FAILURES = 3
GIL_GRACE = 2.0  # seconds past the scoring timeout without a beat: code that never lets the interpreter go
LAST_READS = 64  # what is read of a dead worker's output; its children may still hold the other end
QUICK_DEATH = 10.0  # a worker that lived shorter than this is replaced with a growing delay
RETIRE_LIMIT = 15.0  # seconds a replaced worker gets for what it still has


class Supervisor:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        os.chdir(settings.app_root)
        self._log = LogFile(
            settings.log_file, settings.log_max_bytes, settings.log_files, settings.replica, settings.revision
        )
        self._selector = selectors.DefaultSelector()
        self._listener = self._bind()
        self._workers: list[Child] = []
        self._number = 0
        self._been_ready = False
        self._failures = 0
        self._quick_deaths = 0
        self._start_at = 0.0
        self._draining = False
        self._give_up = 0.0
        self._exit: int | None = None
        self._collect_folder = CollectorSettings.from_environment().folder
        self._epoch = f"{time.time_ns() // 1_000_000}"

    def run(self) -> int:
        self._catch_signals()
        port = self._listener.getsockname()[1]
        if self._settings.record_file:
            write_record(self._settings, port)
        self._start()
        while self._exit is None:
            for key, _ in self._selector.select(0.0 if self._start_at and self._start_at <= time.monotonic() else 0.25):
                key.data()
            self._tick()
        for worker in self._workers:
            worker.kill()
        while self._workers:
            self._reap(block=True)
        self._log.report_dropped()
        return self._exit

    # -- starting

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._settings.host, self._settings.port))
        listener.listen(1024)
        listener.setblocking(False)
        return listener

    def _catch_signals(self) -> None:
        read, write = os.pipe()
        for fd in (read, write):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)

        def woken() -> None:
            for number in os.read(read, 4096):
                if number in (signal.SIGTERM, signal.SIGINT):
                    self._drain()
            self._reap()

        self._selector.register(read, selectors.EVENT_READ, woken)

    def _start(self) -> None:
        self._number += 1
        self._start_at = 0.0
        ours, theirs = channel.pair()
        given = WorkerSettings(self._listener.fileno(), theirs.fileno(), self._number, not self._workers)
        environment = {**os.environ, **given.to_environment()}
        environment["SLIPWAY_COLLECT_EPOCH"] = self._epoch_of(self._number)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "slipway.serving.worker"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(given.listen_fd, given.channel_fd),
                env=environment,
            )
        except OSError as error:
            ours.close()
            self._log.runtime(f"a worker cannot be started: {error}", "error")
            if not self._been_ready:
                self._exit = INIT_FAILED
            self._start_at = time.monotonic() + 1.0
            return
        finally:
            theirs.close()
        worker = Child(self._number, process, ours)
        ours.setblocking(False)
        self._watch(worker, ours.fileno(), lambda: self._hear(worker), ours.close)
        for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._watch(worker, pipe.fileno(), self._reader(name, pipe.fileno()), pipe.close)
        self._workers.append(worker)

    def _watch(self, worker: Child, fd: int, read: Callable[[], bool | None], close: Callable[[], None]) -> None:
        """Calls `read` when there is something: True for more, False for nothing now, None for the end."""
        registered = True

        def ready() -> bool:
            nonlocal registered
            more = read() if registered else None
            if more is None and registered:
                registered = False
                self._selector.unregister(fd)
            return bool(more)

        def finish() -> None:
            nonlocal registered
            for _ in range(LAST_READS):
                if not ready():
                    break
            if registered:
                registered = False
                self._selector.unregister(fd)
            close()

        self._selector.register(fd, selectors.EVENT_READ, ready)
        worker.closers.append(finish)

    def _reader(self, stream: str, fd: int) -> Callable[[], bool | None]:
        splitter = LineSplitter()

        def read() -> bool | None:
            try:
                data = os.read(fd, 1 << 16)
            except BlockingIOError:
                return False
            for text, cut in splitter.feed(data) if data else splitter.finish():
                self._log.raw(stream, text, cut)
            return True if data else None

        return read

    # -- what workers say

    def _hear(self, worker: Child) -> bool | None:
        for _ in range(256):
            try:
                packet = worker.control.recv(channel.MAX_PACKET)
            except BlockingIOError:
                return False
            except OSError:
                return None
            if not packet:
                return None
            worker.beat = time.monotonic()
            kind = packet[:1]
            if kind == channel.LOG:
                self._log.write(packet[1:])
            elif kind == channel.READY:
                self._on_ready(worker)
            elif kind == channel.STUCK:
                self._on_stuck(worker, packet[1:].decode())
            elif kind == channel.RETIRED:
                worker.kill()
        return True

    def _on_ready(self, worker: Child) -> None:
        worker.ready_at = time.monotonic()
        self._been_ready = True
        self._failures = 0
        for other in self._workers:
            if other is not worker and other.ready and not other.retire_by:
                self._retire(other)

    def _on_stuck(self, worker: Child, reason: str) -> None:
        if worker.stuck or worker.retire_by or self._draining:
            return
        worker.stuck = True
        self._log.runtime(f"worker {worker.number} is replaced: {reason}", "error")
        self._replace()

    def _retire(self, worker: Child) -> None:
        worker.retire_by = time.monotonic() + RETIRE_LIMIT
        self._tell(worker, channel.RETIRE)

    def _tell(self, worker: Child, message: bytes) -> None:
        try:
            worker.control.send(message)
        except OSError:
            pass

    # -- time and deaths

    def _tick(self) -> None:
        moment = time.monotonic()
        if self._start_at and moment >= self._start_at and not self._draining:
            self._start()
        for worker in self._workers:
            silent = moment - worker.beat
            if worker.ready and silent > self._settings.timeout + GIL_GRACE:
                self._log.runtime(f"worker {worker.number} has not moved for {silent:.1f} s and is killed", "error")
                worker.beat = moment
                worker.kill()
            elif worker.retire_by and moment > worker.retire_by:
                worker.kill()
        if self._draining and (not self._workers or moment > self._give_up):
            self._exit = 0
        self._log.report_dropped()

    def _reap(self, block: bool = False) -> None:
        """Collects ended children, orphans too: in a container this process is the first one."""
        while True:
            try:
                pid, status = os.waitpid(-1, 0 if block else os.WNOHANG)
            except ChildProcessError:
                self._workers.clear()
                return
            if not pid:
                return
            worker = next((w for w in self._workers if w.process.pid == pid), None)
            if worker is None:
                continue
            self._workers.remove(worker)
            worker.process.returncode = os.waitstatus_to_exitcode(status)
            for close in worker.closers:
                close()
            if self._collect_folder:
                seal(self._collect_folder, self._epoch_of(worker.number))
            self._on_death(worker, worker.process.returncode)
            if block:
                return

    def _on_death(self, worker: Child, status: int) -> None:
        if self._draining or self._exit is not None or worker.retire_by:
            return
        for other in self._workers:
            if not other.ready:
                self._tell(other, channel.LISTEN)
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        if worker.ready:
            self._log.runtime(f"worker {worker.number} {how} and is replaced", "error")
            if not worker.stuck:
                self._quick_deaths = self._quick_deaths + 1 if time.monotonic() - worker.ready_at < QUICK_DEATH else 0
                self._replace(0.25 * 2 ** min(self._quick_deaths - 2, 7) if self._quick_deaths > 1 else 0.0)
            return
        self._failures += 1
        if status != INIT_FAILED:
            hint = " (out of memory?)" if status == -signal.SIGKILL else ""
            self._log.runtime(f"worker {worker.number} {how}{hint} before init() had returned", "error")
        if not self._been_ready or self._failures >= MAX_INIT_FAILURES:
            self._exit = INIT_FAILED
        else:
            self._start_at = time.monotonic() + 0.5 * 4 ** (self._failures - 1)

    def _replace(self, delay: float = 0.0) -> None:
        if not self._start_at and all(w.ready for w in self._workers):
            self._start_at = time.monotonic() + delay

    # -- the end

    def _drain(self) -> None:
        if self._draining:
            self._exit = 0
            return
        self._draining = True
        self._give_up = time.monotonic() + self._settings.grace + 1.0
        self._listener.close()
        for worker in self._workers:
            self._tell(worker, channel.DRAIN)

    def _epoch_of(self, number: int) -> str:
        return f"{self._epoch}p{os.getpid()}w{number}"
