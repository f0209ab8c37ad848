"""A worker: loads the user's script and answers requests. Started by the supervisor, never by hand."""

from __future__ import annotations

import sys

sys.path[:] = sys.path[1:]  # see slipway.serve

import gc
import os
import select
import signal
import socket
import threading
import time

from slipway.schema import SchemaError
from slipway.schema.swagger import swagger_document
from slipway.serving import channel
from slipway.serving.ioloop import IoLoop
from slipway.serving.metrics import Metrics
from slipway.serving.routes import Routes
from slipway.serving.runner import Runner
from slipway.serving.scorer import Scorer
from slipway.serving.script import Script, ScriptError
from slipway.serving.stdio import LogSender, capture
from slipway.settings import Settings, WorkerSettings
from slipway.spool import close_spool

INIT_FAILED = 3
PR_SET_PDEATHSIG = 1
BEAT_EVERY = 0.5
LOOK_EVERY = 0.1
LOOK_EVERY_IDLE = 0.2


class Worker:
    def __init__(self, settings: Settings, given: WorkerSettings) -> None:
        self.settings = settings
        self.listener = socket.socket(fileno=given.listen_fd)
        self.listener.setblocking(False)
        self.port: int = self.listener.getsockname()[1]
        self.metrics = Metrics()
        self.ready = False
        self.swagger = b""
        self._number = given.number
        self._alone = given.alone
        self._control = socket.socket(fileno=given.channel_fd)
        self._draining = False
        self._retired = False
        self._sender = LogSender(self._control, settings)
        self._streams = capture(self._sender)
        script = Script(settings)
        self._script = script
        self.scorer = Scorer(script, self._sender, self._streams, self.metrics)
        self.runner = Runner(self)
        self.routes = Routes(self)
        self.io = IoLoop(self, self.listener)

    def run(self) -> int:
        self.io.start_thread()
        if self._alone:
            self.io.call(self.io.listen)
        threading.Thread(target=self._watch, name="slipway-watch", daemon=True).start()
        if not self._load():
            return INIT_FAILED
        self.runner.serve()
        self.io.stop_thread()
        return 0

    def state(self, io: IoLoop) -> str:
        if not self.ready:
            return "starting"
        if self._draining or self._retired or io.leaving:
            return "draining"
        return "stuck" if any(slot.stuck for slot in self.runner.slots) else "ready"

    def gauges(self) -> dict[str, float]:
        return {
            "slipway_ready": int(self.ready),
            "slipway_in_flight": sum(slot.request is not None for slot in self.runner.slots),
            "slipway_waiting": self.runner.jobs.qsize(),
            "slipway_connections": len(self.io.connections),
            "slipway_inline": int(self.runner.inline is not None),
            "slipway_worker": self._number,
        }

    def _load(self) -> bool:
        entry = self.settings.entry
        try:
            self._script.load()
        except (ScriptError, SchemaError) as error:
            self._sender.send(f"{entry} cannot be served: {error}", level="error", stream="runtime")
            if error.__cause__ is not None:
                self._sender.exception(error.__cause__)
            return False
        except BaseException as error:
            self._sender.exception(error)
            self._sender.send(f"{entry} cannot be served: init() failed", level="error", stream="runtime")
            return False
        finally:
            for stream in self._streams:
                stream.finish()
        self.swagger = swagger_document(
            self.settings.service_name,
            self.settings.service_version,
            self.settings.path_prefix,
            self._script.schema,
            self._script.required,
        )
        gc.collect()
        gc.freeze()  # the model and its libraries need not be searched again
        self.ready = True
        self.io.call(self.io.listen, lambda: self._tell(channel.READY))
        return True

    def _tell(self, message: bytes) -> None:
        try:
            self._control.send(message)
        except OSError:
            os._exit(1)  # the supervisor has gone

    # -- the watchdog's thread

    def _watch(self) -> None:
        beat = 0.0
        while True:
            pause = LOOK_EVERY if self.runner.busy else LOOK_EVERY_IDLE
            readable, _, _ = select.select([self._control], [], [], pause)
            if readable:
                self._obey(self._control.recv(16))
            now = time.monotonic()
            if now - beat >= BEAT_EVERY:
                beat = now
                self._tell(channel.BEAT)
            reason = self.runner.watch(now)
            if reason:
                self._tell(channel.STUCK + reason.encode())
            if (self._draining or self._retired) and self._at_rest():
                self._finish()
                return

    def _obey(self, message: bytes) -> None:
        if not message:
            os._exit(1)
        if message == channel.LISTEN:
            self.io.call(self.io.listen)
        elif message == channel.DRAIN:
            self._draining = True
            if not self.ready:
                os._exit(0)
            self.listener.close()  # the loops have copies of their own
            for io in self._moving():
                io.call(io.leave)
        elif message == channel.RETIRE:
            self._retired = True
            self.listener.close()
            waiting = self.runner.take_waiting()
            for io in self._moving():
                io.call(io.retire, [request for request in waiting if request.connection.io is io])

    def _moving(self) -> list[IoLoop]:
        """The loops that somebody runs; one whose thread is held by user code is lost once it is stuck."""
        loops = [self.io] if self.runner.inline is None or not self.runner.slots[0].stuck else []
        return [*loops, self.runner.rescue] if self.runner.rescue is not None else loops

    def _at_rest(self) -> bool:
        return all(io.at_rest for io in self._moving())

    def _finish(self) -> None:
        if self._retired and self.runner.busy:  # it would never come to its end
            close_spool()
            self._tell(channel.RETIRED)
        else:
            self.runner.end()


def die_with_parent() -> None:
    """Asks Linux for SIGKILL when the supervisor ends, for code that keeps the watchdog's thread from running."""
    import ctypes

    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        pass


def main() -> int:
    die_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        # the supervisor decides when a worker ends; children of user code get the usual behaviour back
        signal.signal(number, lambda *_: None)
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    settings = Settings.from_environment()
    given = WorkerSettings.from_environment()
    del os.environ["SLIPWAY_WORKER"]
    os.environ.setdefault("AML_APP_ROOT", settings.app_root)
    os.environ.setdefault("AZUREML_MODEL_DIR", settings.app_root)
    return Worker(settings, given).run()


if __name__ == "__main__":
    sys.exit(main())
