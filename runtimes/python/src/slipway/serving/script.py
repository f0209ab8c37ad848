"""The user's script: found, imported, initialised and called."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from slipway.schema import ServiceSchema, load_schema
from slipway.settings import Settings

HEADERS = "request_headers"


class ScriptError(Exception):
    """The script cannot be served; the message says what is wrong with it and what to do."""


class Script:
    """`call` runs the user's run() with its arguments by name, or with the text of the body."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = os.path.join(settings.app_root, settings.entry)
        self.schema: ServiceSchema | None = None
        self.required: tuple[str, ...] = ()
        self.wants_headers = False
        self._takes_body = True
        self.run: Callable[..., Any] = _not_loaded

    def load(self) -> None:
        """Imports the script and calls init(); what user code raises comes out as it is."""
        if self._settings.schema:
            self.schema = load_schema(os.path.join(self._settings.app_root, self._settings.schema))
        module = self._import()
        init, run = getattr(module, "init", None), getattr(module, "run", None)
        for name, function in (("init", init), ("run", run)):
            if not callable(function):
                raise ScriptError(
                    f"{self._settings.entry} defines no {name}(); a scoring script needs init() and run()"
                )
        assert init is not None and run is not None
        self._inspect(run)
        try:
            result = init()
            if inspect.isawaitable(result):
                _finish(result)
        except SystemExit as error:
            raise ScriptError(f"init() called sys.exit({error.code!r}); it has to return") from error
        self.run = _synchronous(run)

    def call(self, arguments: dict[str, Any] | str, headers: Callable[[], dict[str, str]]) -> Any:
        if isinstance(arguments, str):
            positional = (arguments,) if self._takes_body else ()
            return self.run(*positional, **({HEADERS: headers()} if self.wants_headers else {}))
        if self.wants_headers:
            arguments[HEADERS] = headers()
        return self.run(**arguments)

    def _import(self) -> ModuleType:
        folder, file = os.path.split(self._path)
        stem = os.path.splitext(file)[0]
        if not os.path.isfile(self._path):
            raise ScriptError(f"the scoring script {self._settings.entry!r} is not in {self._settings.app_root}")
        for place in (self._settings.app_root, folder):
            if place in sys.path:
                sys.path.remove(place)
            sys.path.insert(0, place)
        sys.argv = [self._path]
        _prefer_own_azureml()
        # pickles of the script's own classes need the plain name; it must not hide a module of Python's
        taken = stem in sys.modules or stem in sys.stdlib_module_names or not stem.isidentifier()
        name = f"slipway_script_{stem}" if taken else stem
        spec = importlib.util.spec_from_file_location(name, self._path)
        if spec is None or spec.loader is None:
            raise ScriptError(f"{self._settings.entry!r} is no Python file; its name has to end in .py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except SystemExit as error:
            raise ScriptError(
                f"{self._settings.entry} called sys.exit({error.code!r}) while it was imported"
            ) from error
        return module

    def _inspect(self, run: Callable[..., Any]) -> None:
        try:
            parameters = inspect.signature(run).parameters
        except (TypeError, ValueError):  # a built-in or compiled function says nothing
            return
        self.wants_headers = HEADERS in parameters
        kinds = inspect.Parameter
        anything = any(p.kind is kinds.VAR_KEYWORD for p in parameters.values())
        named = {
            name: p
            for name, p in parameters.items()
            if name != HEADERS and p.kind not in (kinds.VAR_KEYWORD, kinds.VAR_POSITIONAL)
        }
        required = tuple(name for name, p in named.items() if p.default is kinds.empty)
        entry = self._settings.entry
        if self.schema is None:
            self._takes_body = bool(named) or any(p.kind is kinds.VAR_POSITIONAL for p in parameters.values())
            if len(required) > 1:
                raise ScriptError(
                    f"run({', '.join(required)}) in {entry} takes {len(required)} inputs; without a schema it gets "
                    "one, the text of the request; make a schema with generate_schema and hand it over with -s"
                )
            return
        inputs = set(self.schema.inputs)
        unknown = [] if anything else sorted(inputs - set(named))
        missing = sorted(set(required) - inputs)
        if unknown or missing:
            raise ScriptError(
                f"run({', '.join(named)}) in {entry} and the schema {self._settings.schema} do not fit: "
                + "; ".join(
                    [f"the schema's input {name!r} is no parameter of run()" for name in unknown]
                    + [f"run()'s parameter {name!r} is not in the schema" for name in missing]
                )
            )
        self.required = required if named else tuple(self.schema.inputs)


def _prefer_own_azureml() -> None:
    """Puts this package's `azureml` before one of the user's dependencies, whose parts stay reachable behind it.

    Projects of the original's time list its SDK and its data collector, which no longer run.
    """
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "azureml")
    spec = importlib.util.spec_from_file_location(
        "azureml", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None or not os.path.isdir(folder) or "azureml" in sys.modules:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["azureml"] = module
    spec.loader.exec_module(module)


def _not_loaded(*_arguments: Any, **_named: Any) -> Any:
    raise RuntimeError("the script is not loaded")


_loops = threading.local()


def _finish(awaitable: Any) -> Any:
    """Runs a coroutine on the calling thread's own event loop, which lives on between calls."""
    loop: asyncio.AbstractEventLoop | None = getattr(_loops, "loop", None)
    if loop is None:
        loop = _loops.loop = asyncio.new_event_loop()

    async def wait() -> Any:
        return await awaitable

    return loop.run_until_complete(wait())


def _synchronous(run: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(run):
        return run

    def run_coroutine(*arguments: Any, **named: Any) -> Any:
        return _finish(run(*arguments, **named))

    return run_coroutine
