"""The autoencoders, their data and their training: TensorFlow and Keras, no user interface.

Importing `models` itself, or any of its modules named in `tests/test_layers.py` as light, does
not import TensorFlow: the web process relies on that.
"""
