"""Widgets made from hyperparameters, addresses that set them, and the panel for own data."""
