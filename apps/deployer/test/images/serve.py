"""A replica in a few lines of the standard library, by the contract of images: for tests of whoever starts replicas."""

import json
import os
import signal
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

env = os.environ
state = {"ready": False, "busy": 0}
lock = threading.Lock()


def log(message, level="info", stream="runtime"):
    record = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".%03dZ" % (time.time() % 1 * 1000),
        "level": level,
        "stream": stream,
        "requestId": None,
        "replica": env["SLIPWAY_REPLICA"],
        "revision": env["SLIPWAY_REVISION"],
        "message": message,
    }
    if "SLIPWAY_LOG_FILE" not in env:
        print(json.dumps(record), flush=True)
        return
    with open(env["SLIPWAY_LOG_FILE"], "a") as file:
        file.write(json.dumps(record) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/readyz":
            self.answer(200 if state["ready"] else 503, {"id": env["SLIPWAY_REPLICA"]})
        else:
            self.answer(200, "Healthy")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            state["busy"] += 1
        try:
            self.answer(200, script["run"](body.decode()))
        finally:
            with lock:
                state["busy"] -= 1

    def log_message(self, *_):
        pass


def start_ticks():
    with open("/proc/self/stat") as file:
        return int(file.read().rpartition(")")[2].split()[19])


def write_record(port):
    record = {
        "id": env["SLIPWAY_REPLICA"],
        "pid": os.getpid(),
        "startTicks": start_ticks(),
        "bootId": open("/proc/sys/kernel/random/boot_id").read().strip(),
        "port": port,
    }
    with open(env["SLIPWAY_RECORD_FILE"] + ".tmp", "w") as file:
        json.dump(record, file)
    os.replace(env["SLIPWAY_RECORD_FILE"] + ".tmp", env["SLIPWAY_RECORD_FILE"])


def stop(*_):
    def drain():
        while state["busy"]:
            time.sleep(0.02)
        log("ended")
        os._exit(0)

    threading.Thread(target=drain).start()


host, port = env["SLIPWAY_LISTEN"].split(":")
server = ThreadingHTTPServer((host, int(port)), Handler)
if "SLIPWAY_RECORD_FILE" in env:
    write_record(server.server_address[1])
signal.signal(signal.SIGTERM, stop)
threading.Thread(target=server.serve_forever, daemon=True).start()
script = {"__name__": "score"}
try:
    with open(os.path.join(env["AML_APP_ROOT"], env["SLIPWAY_ENTRY"])) as file:
        exec(compile(file.read(), env["SLIPWAY_ENTRY"], "exec"), script)
    script["init"]()
except Exception:
    log(traceback.format_exc(), "error", "stderr")
    os._exit(3)
log("ready")
state["ready"] = True
while True:
    signal.pause()
