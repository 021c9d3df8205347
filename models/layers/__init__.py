"""Networks as plans of layers, and what makes something of a plan: Keras and NumPy.

May import from the room below: `models.data`. Only `keras_builder` imports TensorFlow.
"""
