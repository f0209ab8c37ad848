"""The data collector's spool: files in a folder that a shipper takes away.

Segments
    ``<epoch>-<n>.jsonl.open`` while it is written, ``<epoch>-<n>.jsonl`` once it is closed: after 1 MiB or one second,
    whichever comes first. A closed segment is never touched again; the shipper deletes it. ``epoch`` names one process
    ("<milliseconds>p<supervisor's pid>w<worker>", with "c<pid>" for a forked child), ``n`` rises from 1.
    Each line is one record::

        {"v": 1, "seq": 1, "epoch": "…", "time": "2017-09-25T12:00:00.000Z", "correlationId": "", "requestId": "…",
         "modelName": "…", "identifier": "…", "columns": ["…"], "rows": [[…], …]}

    ``seq`` rises by one with every call of collect(), kept or not, so that a gap is a drop.
Counters
    ``<epoch>.counters.json``, replaced whole: {"v", "epoch", "collected", "written", "dropped": {reason: n}, "segment",
    "lines", "final"}. collected = written + dropped + what still waits in memory; once ``final`` is true nothing waits.
    After a process was killed the sums are put right from its last segment, and what waited in its memory is unknown:
    collected is then the last ``seq`` that was written or counted.
    ``segment`` and ``lines`` say how far ``written`` goes: so many lines of that segment.
    Reasons: queue (memory is full), size (one record above 4 MiB), spool (the folder is full), error (cannot write).
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from collections import deque

from slipway.settings import CollectorSettings

SEGMENT_BYTES = 1 << 20
SEGMENT_SECONDS = 1.0
MAX_RECORD = 4 << 20
OPEN = ".open"
COUNTERS = ".counters.json"


class Spool:
    """Takes records without ever waiting for the disk: a thread of its own writes them."""

    def __init__(self, settings: CollectorSettings, epoch: str) -> None:
        self._folder = settings.folder
        self._max_spool = settings.max_spool
        self._max_queue = settings.max_queue
        self.epoch = epoch
        self.collected = 0
        self.written = 0
        self.dropped = {"queue": 0, "size": 0, "spool": 0, "error": 0}
        self._lock = threading.Lock()
        self._queue: deque[tuple[int, bytes]] = deque()
        self._queued = 0
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._segment = 0
        self._fd = -1
        self._size = 0
        self._lines = 0  # of the open segment
        self._opened = 0.0
        self._path = ""
        self._full = False
        self._saved = ""

    def put(self, record: bytes) -> None:
        """Queues one JSON object, or drops and counts it."""
        with self._lock:
            self.collected += 1
            if len(record) > MAX_RECORD:
                self.dropped["size"] += 1
            elif self._queued + len(record) > self._max_queue:
                self.dropped["queue"] += 1
            else:
                self._queued += len(record)
                self._queue.append((self.collected, record))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="slipway-collect", daemon=True)
                self._thread.start()
        self._wake.set()

    def close(self, timeout: float = 5.0) -> None:
        """Writes what waits and closes the segment."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)

    # -- the writing thread

    def _work(self) -> None:
        while not self._closing:
            self._wake.wait(SEGMENT_SECONDS / 4 if self._fd >= 0 else None)
            self._wake.clear()
            self._write_waiting()
            if self._fd >= 0 and time.monotonic() - self._opened >= SEGMENT_SECONDS:
                self._close_segment()
            self._save_counters(final=False)
        self._write_waiting()
        self._close_segment()
        self._save_counters(final=True)

    def _write_waiting(self) -> None:
        while self._queue:
            with self._lock:
                seq, record = self._queue.popleft()
                self._queued -= len(record)
            try:
                if self._fd < 0:
                    self._open_segment()
                if self._full:
                    self.dropped["spool"] += 1
                    continue
                self._append(b'{"v":1,"seq":%d,"epoch":"%b",%b\n' % (seq, self.epoch.encode(), record[1:]))
                self.written += 1
                self._lines += 1
            except OSError:
                self.dropped["error"] += 1
            if self._size >= SEGMENT_BYTES:
                self._close_segment()

    def _append(self, line: bytes) -> None:
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(line)

    def _open_segment(self) -> None:
        os.makedirs(self._folder, exist_ok=True)
        self._full = folder_bytes(self._folder) >= self._max_spool
        if self._full:
            return
        self._segment += 1
        self._lines = 0
        self._save_counters(final=False)  # before the segment: whoever seals it can tell what was counted
        self._path = os.path.join(self._folder, f"{self.epoch}-{self._segment}.jsonl")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(self._path + OPEN, flags, 0o640)
        self._size = 0
        self._opened = time.monotonic()

    def _close_segment(self) -> None:
        if self._fd < 0:
            return
        os.close(self._fd)
        self._fd = -1
        try:
            if self._size:
                os.replace(self._path + OPEN, self._path)
            else:
                os.unlink(self._path + OPEN)
        except OSError:
            pass  # somebody has taken the folder away; the next segment says so
        self._size = 0

    def _save_counters(self, final: bool) -> None:
        with self._lock:
            counters = {
                "v": 1,
                "epoch": self.epoch,
                "collected": self.collected,
                "written": self.written,
                "dropped": self.dropped,
                "segment": self._segment,
                "lines": self._lines,
                "final": final,
            }
            text = json.dumps(counters)
        if text == self._saved:
            return
        try:
            replace_file(os.path.join(self._folder, self.epoch + COUNTERS), text)
            self._saved = text
        except OSError:
            pass


def replace_file(path: str, text: str) -> None:
    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def folder_bytes(folder: str) -> int:
    total = 0
    for entry in os.scandir(folder):
        try:
            total += entry.stat().st_size
        except OSError:
            pass  # the shipper was quicker
    return total


def seal(folder: str, epoch: str) -> None:
    """Closes what a process that is no more, and its forked children, have left open."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        owner = name.removesuffix(COUNTERS)
        if owner == name or (owner != epoch and not owner.startswith(epoch + "c")):
            continue
        try:
            _seal_one(folder, owner)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # the shipper has taken it, or the disk is full: the next one


def _seal_one(folder: str, epoch: str) -> None:
    path = os.path.join(folder, epoch + COUNTERS)
    with open(path, encoding="utf-8") as file:
        counters = json.load(file)
    if counters["final"]:
        return
    segment = os.path.join(folder, f"{epoch}-{counters['segment']}.jsonl")
    written, last = 0, 0
    if os.path.exists(segment + OPEN):
        written, last = _whole_lines(segment + OPEN)
        counters["written"] += written - counters["lines"]
        counters["lines"] = written
        counters["collected"] = max(counters["collected"], last)
        os.replace(segment + OPEN, segment)
    replace_file(path, json.dumps({**counters, "final": True}))


def _whole_lines(path: str) -> tuple[int, int]:
    """Cuts a line that was not finished; the number of the others, and the seq of the last."""
    with open(path, "rb+") as file:
        data = file.read()
        end = data.rfind(b"\n") + 1
        if end != len(data):
            file.truncate(end)
    lines = data[:end].splitlines()
    return len(lines), int(json.loads(lines[-1])["seq"]) if lines else 0


_spool: Spool | None = None
_spool_lock = threading.Lock()


def process_spool(settings: CollectorSettings) -> Spool:
    """The spool of this process; a forked child gets its own."""
    global _spool
    with _spool_lock:
        if _spool is None:
            epoch = settings.epoch or f"{time.time_ns() // 1_000_000}p{os.getpid()}w0"
            if _forked:
                epoch += f"c{os.getpid()}"
            _spool = Spool(settings, epoch)
            atexit.register(_spool.close)
        return _spool


def close_spool() -> None:
    """Writes what this process has collected, if anything."""
    if _spool is not None:
        _spool.close()


_forked = False


def _after_fork() -> None:
    global _spool, _spool_lock, _forked
    _spool, _spool_lock, _forked = None, threading.Lock(), True


os.register_at_fork(after_in_child=_after_fork)
