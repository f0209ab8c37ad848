from slipway.schema import DataTypes

__all__ = ["DataTypes"]
