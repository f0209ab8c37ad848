from slipway.collector import ModelDataCollector

__all__ = ["ModelDataCollector"]
