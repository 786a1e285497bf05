"""Forecasts and how good they are. One file per product: its contracts, and the asset that calls ``ml.forecasting``.

No model lives here. To add a product, write a module with its contracts (layer ``gold``) and one asset.
"""
