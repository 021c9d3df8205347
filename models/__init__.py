"""The autoencoders, their data and their training: TensorFlow and Keras, no user interface.

Importing `models` itself, or any of its modules that `tests/architecture/test_layers.py` does not
name as heavy, does not import TensorFlow: the web process relies on that.
"""
