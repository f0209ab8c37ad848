#!/usr/bin/env python3
"""Conformance runner for scoring services.

Needs only the standard library, pyyaml and requests.  Two modes:

  --direct CMD_TEMPLATE   start a scoring server by hand for every case.  Placeholders:
                          {dir} prepared case folder (also the working directory), {port}, {score}
                          (entry script, relative to {dir}), {schema} (schema file or empty string),
                          {python} (interpreter of --python)
  --cli SLIPWAY_CMD       deploy every case through the platform's CLI, Azure style, and judge the
                          deployed service

Examples
  run_cases.py --direct 'azmlinfsrv --entry_script {score} --port {port}' --profile azmlinfsrv
  run_cases.py --cli 'slipway' --only p01-raw-json,p03-digits-numpy -v

Every case prints one line: PASS, FAIL (with the first difference) or SKIP; the last line is
'N passed, N failed[, N skipped]'.  Exit status 0 when nothing failed.
"""
import argparse
import base64
import concurrent.futures
import glob
import json
import math
import os
import random
import re
import shlex
import shutil
import signal
import socket
import string
import subprocess
import sys
import tempfile
import time

import requests
import yaml

# --------------------------------------------------------------------------------------------
# The CLI contract: everything that may be spelt differently by the platform sits here.
# --------------------------------------------------------------------------------------------
CLI = {
    "create": ["service", "create", "realtime", "-n", "{name}", "-f", "{score}", "-r", "{runtime}", "-o", "json"],
    "model_flag": "--model-file",       # repeated, one per model path
    "schema_flag": "-s",
    "dependency_flag": "-d",            # repeated, one per dependency
    "conda_flag": "-c",
    "pip_flag": "-p",
    "show": ["service", "show", "realtime", "-i", "{id}", "-o", "json"],
    "show_by_name": ["service", "show", "realtime", "-n", "{name}", "-o", "json"],
    "keys": ["service", "keys", "realtime", "-i", "{id}", "-o", "json"],
    "run": ["service", "run", "realtime", "-i", "{id}", "-d", "{data}"],
    "run_sample": ["service", "run", "realtime", "-i", "{id}"],
    "logs": ["service", "logs", "realtime", "-i", "{id}"],
    "delete": ["service", "delete", "realtime", "-i", "{id}"],
}
FIELDS = {  # the first name found wins; names are tried as written, then without regard to case
    "id": ["id", "serviceId", "Service_Id"],
    "state": ["state", "provisioningState"],
    "scoring_uri": ["scoringUri", "scoring_uri"],
    "primary": ["primaryKey"],
    "secondary": ["secondaryKey"],
    "error": ["error"],
}
STATES_DONE = {"succeeded", "failed", "cancelled", "canceled", "unhealthy"}
STATE_OK = {"succeeded"}
HEALTH_PATH = "/"
CLI_TIMEOUT_S = 900          # one CLI command (a create may build an image)
STATE_TIMEOUT_S = 900        # from the end of 'create' to a final state
START_TIMEOUT_S = 60         # --direct: from the start of the server to a healthy answer
REQUEST_TIMEOUT_S = 90
DEFAULT_TOLERANCE = 1e-6
# --------------------------------------------------------------------------------------------


class Diff(Exception):
    """First difference found in a case."""


class Skip(Exception):
    pass


def short(value, n=240):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace("\n", "\\n")
    return text if len(text) <= n else text[:n] + "...(%d chars)" % len(text)


# ------------------------------------------------------------------------------ comparisons
def same(want, got, tol, path="$"):
    """None when equal, else a description of the first difference."""
    if isinstance(want, bool) or isinstance(got, bool) or want is None or got is None:
        return None if want is got or (type(want) is type(got) and want == got) else \
            "%s: expected %s, got %s" % (path, short(want), short(got))
    if isinstance(want, (int, float)) and isinstance(got, (int, float)):
        if isinstance(want, float) and math.isnan(want):
            return None if isinstance(got, float) and math.isnan(got) else "%s: expected NaN, got %r" % (path, got)
        if want == got:
            return None
        if isinstance(want, int) and isinstance(got, int):
            return "%s: expected %r, got %r" % (path, want, got)
        if math.isinf(want) or math.isinf(got) or abs(want - got) > tol * max(1.0, abs(want)):
            return "%s: expected %r, got %r" % (path, want, got)
        return None
    if isinstance(want, dict) and isinstance(got, dict):
        for k in want:
            if k not in got:
                return "%s: key %r is missing" % (path, k)
        for k in got:
            if k not in want:
                return "%s: unexpected key %r" % (path, k)
        for k in want:
            d = same(want[k], got[k], tol, "%s.%s" % (path, k))
            if d:
                return d
        return None
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return "%s: expected %d items, got %d" % (path, len(want), len(got))
        for i, (a, b) in enumerate(zip(want, got)):
            d = same(a, b, tol, "%s[%d]" % (path, i))
            if d:
                return d
        return None
    if type(want) is type(got) and want == got:
        return None
    return "%s: expected %s, got %s" % (path, short(want), short(got))


_STEP = re.compile(r"""\.([^.\[\]]+)|\[(-?\d+)\]|\['((?:[^'\\]|\\.)*)'\]""")
MISSING = object()


def walk(doc, path):
    """'$.a[0]['key with . dots']' -> value or MISSING"""
    if not path.startswith("$"):
        raise Diff("bad jsonPath %r in the case" % path)
    pos = 1
    while pos < len(path):
        m = _STEP.match(path, pos)
        if not m:
            raise Diff("bad jsonPath %r in the case" % path)
        pos = m.end()
        if m.group(2) is not None:
            i = int(m.group(2))
            if not isinstance(doc, list) or not -len(doc) <= i < len(doc):
                return MISSING
            doc = doc[i]
        else:
            key = m.group(1) if m.group(1) is not None else m.group(3).replace("\\'", "'")
            if not isinstance(doc, dict) or key not in doc:
                return MISSING
            doc = doc[key]
    return doc


_TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "object": dict, "array": list,
          "null": type(None)}


def check_path(doc, rule, tol):
    path = rule["path"]
    got = walk(doc, path)
    if rule.get("exists") is False:
        if got is not MISSING:
            raise Diff("%s: should not exist, is %s" % (path, short(got)))
        return
    if got is MISSING:
        raise Diff("%s: missing" % path)
    if "equals" in rule:
        d = same(rule["equals"], got, rule.get("tolerance", tol), path)
        if d:
            raise Diff(d)
    if "in" in rule and not any(same(w, got, tol) is None for w in rule["in"]):
        raise Diff("%s: %s is not one of %s" % (path, short(got), short(rule["in"])))
    if "type" in rule:
        t = rule["type"]
        ok = isinstance(got, _TYPES[t]) and not (isinstance(got, bool) and t in ("number", "integer"))
        if not ok:
            raise Diff("%s: expected a %s, got %s" % (path, t, short(got)))
    if "contains" in rule:
        want = rule["contains"]
        ok = want in got if isinstance(got, (str, list, dict)) else False
        if not ok:
            raise Diff("%s: %s does not contain %s" % (path, short(got), short(want)))
    if "matches" in rule and not re.search(rule["matches"], got if isinstance(got, str) else json.dumps(got)):
        raise Diff("%s: %s does not match /%s/" % (path, short(got), rule["matches"]))
    if "len" in rule and len(got) != rule["len"]:
        raise Diff("%s: expected length %d, got %d" % (path, rule["len"], len(got)))
    if "min" in rule and not got >= rule["min"]:
        raise Diff("%s: %r is below %r" % (path, got, rule["min"]))
    if "max" in rule and not got <= rule["max"]:
        raise Diff("%s: %r is above %r" % (path, got, rule["max"]))


def refuse_constant(name):
    raise ValueError("%s is not JSON" % name)


def parse_body(text, strict):
    try:
        return json.loads(text, parse_constant=refuse_constant) if strict else json.loads(text)
    except ValueError as exc:
        raise Diff("body is not JSON (%s): %s" % (exc, short(text)))


def check(expect, status, headers, text, seconds):
    """Raises Diff when an answer does not fit an 'expect' block."""
    if "anyOf" in expect:
        problems = []
        for alt in expect["anyOf"]:
            try:
                check({**{k: v for k, v in expect.items() if k != "anyOf"}, **alt}, status, headers, text, seconds)
                return
            except Diff as exc:
                problems.append(str(exc))
        raise Diff("no alternative fits: " + " | ".join(problems))
    tol = expect.get("tolerance", DEFAULT_TOLERANCE)
    if "status" in expect:
        want = expect["status"]
        want = want if isinstance(want, list) else [want]
        if status not in want:
            raise Diff("expected status %s, got %s, body %s" % ("/".join(map(str, want)), status, short(text)))
    for name, pattern in (expect.get("headers") or {}).items():
        got = headers.get(name)
        if got is None:
            raise Diff("header %s is missing" % name)
        if not re.search(pattern, got):
            raise Diff("header %s: %r does not match /%s/" % (name, got, pattern))
    for name in expect.get("noHeaders") or []:
        if headers.get(name) is not None:
            raise Diff("header %s should be absent, is %r" % (name, headers.get(name)))
    if "text" in expect and text != expect["text"]:
        raise Diff("expected body %s, got %s" % (short(expect["text"]), short(text)))
    for piece in expect.get("bodyContains") or []:
        if piece not in text:
            raise Diff("body lacks %r: %s" % (piece, short(text)))
    for piece in expect.get("bodyNotContains") or []:
        if piece in text:
            raise Diff("body contains %r: %s" % (piece, short(text)))
    strict = bool(expect.get("strictJson"))
    if "json" in expect:
        d = same(expect["json"], parse_body(text, strict), tol)
        if d:
            raise Diff(d)
    if "json2" in expect:  # the body is a JSON string that itself holds JSON
        inner = parse_body(text, strict)
        if not isinstance(inner, str):
            raise Diff("expected a JSON string holding JSON, got %s" % short(text))
        d = same(expect["json2"], parse_body(inner, strict), tol)
        if d:
            raise Diff("inner " + d)
    if expect.get("jsonPath"):
        doc = parse_body(text, strict)
        for rule in expect["jsonPath"]:
            check_path(doc, rule, tol)
    if expect.get("json2Path"):
        inner = parse_body(text, strict)
        if not isinstance(inner, str):
            raise Diff("expected a JSON string holding JSON, got %s" % short(text))
        doc = parse_body(inner, strict)
        for rule in expect["json2Path"]:
            check_path(doc, rule, tol)
    if strict and not any(k in expect for k in ("json", "json2", "jsonPath", "json2Path")):
        parse_body(text, True)
    if "maxSeconds" in expect and seconds > expect["maxSeconds"]:
        raise Diff("took %.1f s, limit %.1f s" % (seconds, expect["maxSeconds"]))
    if "minSeconds" in expect and seconds < expect["minSeconds"]:
        raise Diff("took only %.2f s, expected at least %.2f s" % (seconds, expect["minSeconds"]))


# ------------------------------------------------------------------------------ requests
def body_of(req, folder):
    """bytes or None"""
    if "json" in req:
        return json.dumps(req["json"], ensure_ascii=bool(req.get("ascii", False))).encode("utf-8")
    if "text" in req:
        return req["text"].encode("utf-8")
    if "base64" in req:
        return base64.b64decode(req["base64"])
    if "file" in req:
        with open(os.path.join(folder, req["file"]), "rb") as fh:
            return fh.read()
    if "repeat_text" in req:  # {prefix, unit, separator, count, suffix}
        r = req["repeat_text"]
        return (r.get("prefix", "") + r.get("separator", "").join([r["unit"]] * r["count"])
                + r.get("suffix", "")).encode("utf-8")
    return None


def fire(target, req, folder):
    """One HTTP exchange -> (status, headers, text, seconds)"""
    headers = {}
    data = body_of(req, folder)
    if data is not None and not req.get("noContentType"):
        headers["Content-Type"] = "application/json"
    key = target.key_for(req.get("auth", "primary"))
    if key:
        headers["Authorization"] = "Bearer " + key
    for k, v in (req.get("headers") or {}).items():
        if v is None:
            headers.pop(k, None)
        else:
            headers[k] = v
    url = target.base + req.get("path", "/score")
    t0 = time.monotonic()
    s = requests.Session()
    s.trust_env = False
    try:
        r = s.request(req.get("method", "POST"), url, data=data, headers=headers, allow_redirects=False,
                      timeout=req.get("timeout", REQUEST_TIMEOUT_S))
        text = r.content.decode("utf-8", "replace")
        return r.status_code, r.headers, text, time.monotonic() - t0
    except requests.RequestException as exc:
        raise Diff("no HTTP answer: %s" % short(str(exc), 160))
    finally:
        s.close()


def run_request(target, req, folder, profile):
    expect = req.get("expect") or {}
    over = (req.get("profiles") or {}).get(profile)
    if over == "skip":
        return False
    if over:
        expect = over.get("expect", expect)
    only = req.get("modes")
    if only and target.mode not in only:
        return False
    if req.get("auth", "primary") not in ("primary", "any") and target.mode != "cli":
        return False
    if "sleep" in req:
        time.sleep(req["sleep"])
    if req.get("via") in ("run", "run_sample"):  # through 'service run realtime'
        if target.mode != "cli":
            return False
        rc, out, secs = target.run_data(req)
        if expect.get("exit", 0) == 0 and rc != 0:
            raise Diff("'service run' exited %d: %s" % (rc, short(out)))
        if expect.get("exit", 0) == "nonzero" and rc == 0:
            raise Diff("'service run' should have failed: %s" % short(out))
        e = {k: v for k, v in expect.items() if k != "exit"}
        if any(k in e for k in ("json", "json2", "jsonPath")):
            doc = last_json(out)
            out = json.dumps(doc, ensure_ascii=False)
        check(e, None, {}, out, secs)
        return True
    n = req.get("parallel", 1)
    end = time.monotonic() + req.get("retrySeconds", 0)  # for a service that may be restarting
    for _ in range(req.get("repeat", 1)):
        if n == 1:
            while True:
                try:
                    try:
                        answer = fire(target, req, folder)
                    except Diff:
                        if expect.get("noAnswerOk") and target.mode == "direct":
                            break  # without a gateway in front, a dying worker just closes the connection
                        raise
                    check(expect, *answer)
                    break
                except Diff:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.5)
        else:
            with concurrent.futures.ThreadPoolExecutor(n) as pool:
                answers = list(pool.map(lambda _i: fire(target, req, folder), range(n)))
            for a in answers:
                check(expect, *a)
            if req.get("allDifferent") and len({a[2] for a in answers}) != n:
                raise Diff("parallel answers are not all different: %s" % short([a[2] for a in answers]))
    return True


# ------------------------------------------------------------------------------ targets
def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Direct:
    mode = "direct"

    def __init__(self, args, case, folder):
        self.args, self.case, self.folder = args, case, folder
        self.port = free_port()
        self.base = "http://127.0.0.1:%d" % self.port
        self.log_path = os.path.join(folder, ".server.log")
        self.proc = None

    def key_for(self, _auth):
        return None

    def start(self):
        case = self.case
        values = {"dir": self.folder, "port": str(self.port), "score": case["entry"],
                  "schema": case["_schema"] or "", "python": self.args.python}
        cmd = [part.format(**values) for part in shlex.split(self.args.direct)]
        env = dict(os.environ)
        env.update({"AML_APP_ROOT": self.folder, "AZUREML_MODEL_DIR": self.folder, "PYTHONUNBUFFERED": "1",
                    "SERVICE_NAME": case["id"]})
        env.update({k: str(v).format(**values) for k, v in (case.get("env") or {}).items()})
        self.log = open(self.log_path, "wb")
        self.proc = subprocess.Popen(cmd, cwd=self.folder, env=env, stdout=self.log, stderr=subprocess.STDOUT,
                                     stdin=subprocess.DEVNULL, start_new_session=True)
        deploy = case.get("deploy") or {}
        failing = deploy.get("state", "Succeeded").lower() != "succeeded"
        limit = deploy.get("withinSeconds", 30 if failing else START_TIMEOUT_S)
        end = time.monotonic() + limit
        healthy = False
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                break
            try:
                s = requests.Session()
                s.trust_env = False
                if s.get(self.base + HEALTH_PATH, timeout=2).status_code == 200:
                    healthy = True
                    break
            except requests.RequestException:
                pass
            time.sleep(0.15)
        if healthy and deploy.get("state", "").lower() == "any":
            return True
        if failing:
            if healthy:
                raise Diff("the service became healthy although its start must fail")
            self.check_text(deploy.get("logContains"), self.logs(), "the server's log")
            return False
        if not healthy:
            raise Diff("the server did not become healthy in %d s (exit status %s); log ends: %s"
                       % (limit, self.proc.poll(), short(self.logs()[-400:], 400)))
        return True

    @staticmethod
    def check_text(pieces, text, where):
        for piece in pieces or []:
            alternatives = piece if isinstance(piece, list) else [piece]
            if not any(a in text for a in alternatives):
                raise Diff("%s lacks %r; it ends: %s" % (where, piece, short(text[-300:], 300)))

    def logs(self):
        if self.proc is None:
            return ""
        self.log.flush()
        with open(self.log_path, "rb") as fh:
            return fh.read().decode("utf-8", "replace")

    def stop(self):
        if self.proc is None:
            return
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.proc.pid, sig)
            except (ProcessLookupError, PermissionError):
                break
            try:
                self.proc.wait(5)
            except subprocess.TimeoutExpired:
                continue
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.log.close()


def last_json(text):
    """The last JSON document that closes the output (progress lines may stand before it)."""
    text = text.strip()
    try:
        return json.loads(text)
    except ValueError:
        pass
    decoder = json.JSONDecoder()
    best = MISSING
    for m in re.finditer(r"^[ \t]*([\[{\"]|-?\d|true|false|null)", text, re.M):
        try:
            doc, end = decoder.raw_decode(text, m.start(1))
        except ValueError:
            continue
        if not text[end:].strip():
            best = doc
            break
    if best is MISSING:
        raise Diff("no JSON at the end of the CLI's output: %s" % short(text[-300:]))
    return best


def field(doc, name):
    if isinstance(doc, list):
        doc = doc[0] if doc else {}
    if not isinstance(doc, dict):
        return None
    for cand in FIELDS[name]:
        if cand in doc:
            return doc[cand]
    low = {k.lower(): v for k, v in doc.items()}
    for cand in FIELDS[name]:
        if cand.lower() in low:
            return low[cand.lower()]
    return None


class Cli:
    mode = "cli"

    def __init__(self, args, case, folder):
        self.args, self.case, self.folder = args, case, folder
        tail = "".join(random.choice(string.ascii_lowercase + string.digits) for _ in range(5))
        self.name = (re.sub(r"[^a-z0-9-]", "-", case["id"].lower())[:26] + "-" + tail).strip("-")
        self.id = self.name
        self.base = None
        self.keys = {}
        self.created = False
        self.output = ""

    def call(self, template, extra=(), timeout=CLI_TIMEOUT_S, **values):
        values.update(name=self.name, id=self.id, score=self.case["entry"], runtime=self.case.get("runtime", "python"))
        cmd = shlex.split(self.args.cli) + [values.get(p[1:-1], p) if p[:1] == "{" and p[-1:] == "}" else p
                                            for p in template] + list(extra)
        t0 = time.monotonic()
        try:
            p = subprocess.run(cmd, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Diff("the CLI hung for %d s: %s" % (timeout, " ".join(cmd[:5])))
        except OSError as exc:
            raise Diff("the CLI cannot be started: %s" % exc)
        return p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"), \
            time.monotonic() - t0

    def key_for(self, auth):
        if auth == "none":
            return None
        if auth == "wrong":
            return "0" * 32
        return self.keys.get("secondary" if auth == "secondary" else "primary")

    def show(self):
        rc, out, err, _ = self.call(CLI["show"])
        if rc != 0:
            rc, out, err, _ = self.call(CLI["show_by_name"])
        if rc != 0:
            raise Diff("'service show' exited %d: %s" % (rc, short(out + err)))
        return last_json(out)

    def start(self):
        case = self.case
        extra = []
        for m in case.get("models") or []:
            extra += [CLI["model_flag"], m]
        if case["_schema"]:
            extra += [CLI["schema_flag"], case["_schema"]]
        for d in case.get("dependencies") or []:
            extra += [CLI["dependency_flag"], d]
        if case["_conda"]:
            extra += [CLI["conda_flag"], case["_conda"]]
        if case.get("pip_file"):
            extra += [CLI["pip_flag"], case["pip_file"]]
        extra += [str(a) for a in case.get("createArgs") or []]
        deploy = case.get("deploy") or {}
        failing = deploy.get("state", "Succeeded").lower() != "succeeded"
        t0 = time.monotonic()
        self.created = True
        rc, out, err, _ = self.call(CLI["create"], extra)
        self.output = out + err
        doc = {}
        try:
            doc = last_json(out)
        except Diff:
            m = re.search(r"Service ID:\s*(\S+)", out)  # the original's own wording
            if m:
                doc = {"id": m.group(1)}
            elif not failing and rc == 0:
                raise
        self.id = field(doc, "id") or self.id
        if rc != 0 and not failing:
            raise Diff("'service create' exited %d: %s" % (rc, short(self.output[-400:], 400)))
        state, seen = (field(doc, "state") or "").lower(), doc
        end = time.monotonic() + STATE_TIMEOUT_S
        while True:
            try:
                seen = self.show()
                state = (field(seen, "state") or "").lower()
            except Diff:
                if not failing:
                    raise
                state = "failed" if rc != 0 else state
            if state in STATES_DONE:
                break
            if time.monotonic() > end:
                raise Diff("state is still %r after %d s" % (state, STATE_TIMEOUT_S))
            time.sleep(1)
        if failing and deploy["state"].lower() == "any" and state in STATE_OK:
            failing = False
        if failing:
            if state in STATE_OK:
                raise Diff("the service reached state %r although its start must fail" % state)
            limit = deploy.get("cliWithinSeconds", STATE_TIMEOUT_S)
            if time.monotonic() - t0 > limit:
                raise Diff("the failure was reported only after %.0f s (limit %d s)" % (time.monotonic() - t0, limit))
            text = self.output + json.dumps(seen, ensure_ascii=False) + self.logs()
            Direct.check_text(deploy.get("logContains"), text, "the CLI's output, the service and its log")
            return False
        if state not in STATE_OK:
            raise Diff("state %r: %s" % (state, short(field(seen, "error") or self.output[-300:])))
        uri = field(seen, "scoring_uri")
        if not uri:
            raise Diff("no scoring URI in 'service show': %s" % short(seen))
        self.base = re.sub(r"/score/?$", "", uri)
        rc, out, err, _ = self.call(CLI["keys"])
        if rc == 0:
            try:
                doc = last_json(out)
            except Diff:
                doc = {k: v for k, v in re.findall(r"(\w+Key)\s*:\s*(\S+)", out)}
            self.keys = {"primary": field(doc, "primary"), "secondary": field(doc, "secondary")}
        else:
            raise Diff("'service keys' exited %d: %s" % (rc, short(out + err)))
        return True

    def run_data(self, req):
        if req["via"] == "run_sample":
            rc, out, err, secs = self.call(CLI["run_sample"], timeout=120)
        else:
            data = body_of(req, self.folder).decode("utf-8")
            rc, out, err, secs = self.call(CLI["run"], timeout=120, data=data)
        return rc, out if rc == 0 else out + err, secs

    def logs(self):
        try:
            rc, out, err, _ = self.call(CLI["logs"], timeout=60)
            return out + err
        except Diff:
            return ""

    def stop(self):
        if self.created and not self.args.keep:
            try:
                self.call(CLI["delete"], timeout=120)
            except Diff:
                pass


# ------------------------------------------------------------------------------ preparation
def prepare(case, source, folder, args):
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", ".server.log"))
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONWARNINGS="ignore")
    if args.pythonpath:
        env["PYTHONPATH"] = args.pythonpath
    steps = []
    if os.path.exists(os.path.join(folder, "train.py")):
        steps.append("train.py")
    schema = case.get("schema") or {}
    if schema.get("generator"):
        steps.append(schema["generator"])
    for step in steps:
        p = subprocess.run([args.python, step], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=300)
        if p.returncode != 0:
            out = p.stdout.decode("utf-8", "replace")
            if "ModuleNotFoundError" in out and step == "train.py":
                raise Skip("library missing for train.py: " + out.strip().splitlines()[-1])
            raise Diff("%s failed: %s" % (step, short(out[-400:], 400)))
    case["_schema"] = schema.get("file")
    if case["_schema"] and not os.path.exists(os.path.join(folder, case["_schema"])):
        raise Diff("the schema generator made no %s" % case["_schema"])
    for m in (case.get("models") or []) + (case.get("dependencies") or []):
        if not os.path.exists(os.path.join(folder, m)):
            raise Diff("train.py made no %s" % m)
    case["_conda"] = case.get("conda")
    if args.cli:
        if case["_conda"]:
            if case.get("pin", True):
                pin_conda(os.path.join(folder, case["_conda"]), args.python)
        elif case.get("requirements"):
            case["_conda"] = "conda_dependencies.yml"
            doc = {"name": "project_environment",
                   "dependencies": ["python=%d.%d" % python_version(args.python),
                                    {"pip": [pin(r, args.python) for r in case["requirements"]]}]}
            with open(os.path.join(folder, case["_conda"]), "w") as fh:
                yaml.safe_dump(doc, fh, sort_keys=False)


_versions = {}


def python_version(python):
    out = subprocess.run([python, "-c", "import sys;print(sys.version_info[0],sys.version_info[1])"],
                         stdout=subprocess.PIPE).stdout.split()
    return int(out[0]), int(out[1])


def pin(name, python):
    """'pkg' -> 'pkg==<the version train.py ran with>', so that the image can load what was fitted."""
    if re.search(r"[=<>!~;@]", name):
        return name
    key = (python, name)
    if key not in _versions:
        code = "import importlib.metadata as m,sys;print(m.version(sys.argv[1]))"
        p = subprocess.run([python, "-c", code, name.split("[")[0]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        _versions[key] = p.stdout.decode().strip() if p.returncode == 0 else ""
    return "%s==%s" % (name, _versions[key]) if _versions[key] else name


def pin_conda(path, python):
    with open(path) as fh:
        doc = yaml.safe_load(fh)
    out = []
    for d in doc.get("dependencies", []):
        if isinstance(d, dict) and "pip" in d:
            out.append({"pip": [pin(x, python) for x in d["pip"]]})
        elif isinstance(d, str) and d == "python":
            out.append("python=%d.%d" % python_version(python))
        else:
            out.append(d)
    doc["dependencies"] = out
    with open(path, "w") as fh:
        yaml.safe_dump(doc, fh, sort_keys=False, allow_unicode=True)


def check_collected(case, target, root):
    """CSV files of the data collector below root: <...>/<identifier>/<year>/<month>/<day>/data.csv"""
    import csv
    service = getattr(target, "name", case["id"])
    for ident, want in (case.get("collected") or {}).items():
        rows, header = [], None
        end = time.monotonic() + want.get("withinSeconds", 60)
        while time.monotonic() < end:
            files = [f for f in glob.glob(os.path.join(root, "**", ident, "*", "*", "*", "data.csv"), recursive=True)
                     if "/%s/" % service in f.replace(os.sep, "/")]
            rows = []
            for f in files:
                with open(f, newline="", encoding="utf-8") as fh:
                    table = list(csv.reader(fh))
                if table:
                    header, rows = table[0], rows + [r for r in table[1:] if r != table[0]]
            if len(rows) >= want.get("rows", 1):
                break
            time.sleep(1)
        if header is None:
            raise Diff("no collected data for %r below the data root" % ident)
        for col in want.get("columns") or []:
            if col not in header:
                raise Diff("collected %r: column %r is missing from %s" % (ident, col, short(header)))
        if "rows" in want and len(rows) != want["rows"]:
            raise Diff("collected %r: expected %d rows, found %d" % (ident, want["rows"], len(rows)))


# ------------------------------------------------------------------------------ main
def run_case(path, args):
    with open(os.path.join(path, "case.yaml"), encoding="utf-8") as fh:
        case = yaml.safe_load(fh)
    profile = args.profile
    if profile and profile not in (case.get("validatedBy") or []):
        raise Skip("not for profile %s" % profile)
    modes = case.get("modes")
    mode = "cli" if args.cli else "direct"
    if modes and mode not in modes:
        raise Skip("only for mode %s" % "/".join(modes))
    missing = [n for n in case.get("needs") or [] if n in args.lack]
    if missing:
        raise Skip("needs " + ", ".join(missing))
    tmp = tempfile.mkdtemp(prefix="case-")
    folder = os.path.join(tmp, case["id"])
    target = None
    done = 0
    try:
        prepare(case, path, folder, args)
        target = (Cli if args.cli else Direct)(args, case, folder)
        try:
            if target.start():
                for req in case.get("requests") or []:
                    try:
                        done += bool(run_request(target, req, folder, profile))
                    except Diff as exc:
                        raise Diff("[%s] %s" % (req["name"], exc))
            logs = case.get("logs") or {}
            if logs and not (profile and profile in (logs.get("skipProfiles") or [])):
                text = target.logs()
                Direct.check_text(logs.get("contains"), text, "the log")
                for piece in logs.get("notContains") or []:
                    if piece in text:
                        raise Diff("the log contains %r" % piece)
                for pattern in logs.get("matches") or []:
                    if not re.search(pattern, text, re.M):
                        raise Diff("the log has no line like /%s/" % pattern)
            if case.get("collected") and args.data_root:
                check_collected(case, target, args.data_root)
        except Diff:
            if args.verbose:
                sys.stderr.write(target.logs()[-3000:] + "\n")
            raise
        finally:
            target.stop()
        return case["id"], done
    finally:
        if args.keep:
            sys.stderr.write("kept %s\n" % folder)
        else:
            shutil.rmtree(tmp, ignore_errors=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = ap.add_mutually_exclusive_group(required=True)
    group.add_argument("--direct", metavar="CMD_TEMPLATE")
    group.add_argument("--cli", metavar="SLIPWAY_CMD")
    ap.add_argument("--cases", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"),
                    help="folder that holds the cases")
    ap.add_argument("--only", default="", help="comma-separated ids (or prefixes)")
    ap.add_argument("--python", default=sys.executable, help="interpreter for train.py and generate_schema.py")
    ap.add_argument("--pythonpath", default="", help="PYTHONPATH for train.py and generate_schema.py (where azureml.api is)")
    ap.add_argument("--profile", default="", help="name of an oracle whose known deviations are applied")
    ap.add_argument("--lack", default="", help="comma-separated features that the target lacks; such cases are skipped")
    ap.add_argument("--data-root", default="", help="folder below which collected model data appears")
    ap.add_argument("--keep", action="store_true", help="keep prepared folders and deployed services")
    ap.add_argument("-v", "--verbose", action="store_true", help="print the log's end of failing cases to stderr")
    args = ap.parse_args()
    args.lack = [x for x in args.lack.split(",") if x]
    only = [x for x in args.only.split(",") if x]
    passed = failed = skipped = 0
    for path in sorted(glob.glob(os.path.join(args.cases, "*", "case.yaml"))):
        path = os.path.dirname(path)
        ident = os.path.basename(path)
        if only and not any(ident == o or ident.startswith(o) for o in only):
            continue
        t0 = time.monotonic()
        try:
            _, n = run_case(path, args)
            passed += 1
            print("PASS %s (%d requests, %.1f s)" % (ident, n, time.monotonic() - t0), flush=True)
        except Skip as exc:
            skipped += 1
            print("SKIP %s: %s" % (ident, exc), flush=True)
        except Diff as exc:
            failed += 1
            print("FAIL %s: %s" % (ident, exc), flush=True)
        except Exception as exc:  # a broken case must not stop the run
            failed += 1
            print("FAIL %s: runner error %s: %s" % (ident, type(exc).__name__, exc), flush=True)
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
