"""Part of the import names of the original SDK."""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)  # other distributions share this name
