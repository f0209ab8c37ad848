"""Counters of one worker in Prometheus' text format."""

from __future__ import annotations


class Metrics:
    def __init__(self) -> None:
        self.by_status: dict[int, int] = {}
        self.runs = 0
        self.run_seconds = 0.0
        self.run_failures = 0
        self.timeouts = 0
        self.cancelled = 0

    def answered(self, status: int) -> None:
        self.by_status[status] = self.by_status.get(status, 0) + 1

    def text(self, gauges: dict[str, float]) -> bytes:
        counters: dict[str, float] = {
            "slipway_runs_total": self.runs,
            "slipway_run_seconds_total": round(self.run_seconds, 6),
            "slipway_run_failures_total": self.run_failures,
            "slipway_timeouts_total": self.timeouts,
            "slipway_cancelled_total": self.cancelled,
        }
        lines = ["# TYPE slipway_requests_total counter"]
        lines += [f'slipway_requests_total{{status="{s}"}} {n}' for s, n in sorted(self.by_status.items())]
        for kind, values in (("counter", counters), ("gauge", gauges)):
            for name, value in values.items():
                lines += [f"# TYPE {name} {kind}", f"{name} {value}"]
        return ("\n".join(lines) + "\n").encode()
