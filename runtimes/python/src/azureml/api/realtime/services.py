from slipway.schema import generate_schema

__all__ = ["generate_schema"]
