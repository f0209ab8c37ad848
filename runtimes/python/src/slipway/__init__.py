"""Slipway for Python: the scoring server, the schema SDK and the data collector.

Nothing is imported here, so that ``import slipway`` costs nothing on a client's machine. Use
``slipway.schema`` (schemas), ``slipway.collector`` (data collection) and ``python -m slipway.serve`` (the server).
"""

__version__ = "0.1.0"
