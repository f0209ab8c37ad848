"""Import names of the original product's SDK, so that its scripts run unchanged. The code is in `slipway`."""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)  # other distributions share this name
