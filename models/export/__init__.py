"""Runs to take home: a script or notebook that repeats one, and its network as plain Keras.

May import from all rooms of models/. Only `keras_model` imports TensorFlow.
"""
