"""``python -m slipway.serve``: starts the scoring server. The environment is described in ``slipway.settings``.

Exit status: 0 after SIGTERM, 2 for a wrong setting, 3 when ``init()`` fails.
"""

from __future__ import annotations

import sys

# -m puts the working directory first, where the user's files could hide modules of Python from the server
sys.path[:] = sys.path[1:]

import argparse
import os

from slipway.settings import Settings, SettingsError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m slipway.serve", description="Slipway's scoring server")
    parser.add_argument("--host", help="address to listen on (else SLIPWAY_LISTEN)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (else SLIPWAY_LISTEN)")
    parser.add_argument("--entry", help="scoring script, relative to AML_APP_ROOT (else SLIPWAY_ENTRY)")
    parser.add_argument("--schema", help="schema file, relative to AML_APP_ROOT, or '' (else SLIPWAY_SCHEMA)")
    options = parser.parse_args()
    try:
        listen = Settings.from_environment()
        if options.host is not None or options.port is not None:
            host = listen.host if options.host is None else options.host
            port = listen.port if options.port is None else options.port
            os.environ["SLIPWAY_LISTEN"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if options.entry is not None:
            os.environ["SLIPWAY_ENTRY"] = options.entry
        if options.schema is not None:
            os.environ["SLIPWAY_SCHEMA"] = options.schema
        settings = Settings.from_environment()
        os.environ["AML_APP_ROOT"] = settings.app_root
    except SettingsError as error:
        print(f"slipway: {error}", file=sys.stderr)
        return 2

    from slipway.serving.supervisor import Supervisor

    try:
        return Supervisor(settings).run()
    except OSError as error:
        print(f"slipway: the server cannot start: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
