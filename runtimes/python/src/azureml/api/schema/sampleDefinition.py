from slipway.schema import SampleDefinition

__all__ = ["SampleDefinition"]
