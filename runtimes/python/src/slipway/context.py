"""What the running code belongs to."""

from __future__ import annotations

from contextvars import ContextVar

# The id of the request that run() is working on; None outside of one, and in threads that user code starts itself.
current_request: ContextVar[str | None] = ContextVar("slipway_request", default=None)
