"""Trains a recipe: compiled steps, recorders, schedules, devices, and studies of few labels.

May import from the rooms below: `models.runs`, `models.autoencoders`, `models.evaluation` and
what these may import. `estimates` and `few_labels` do without TensorFlow.
"""
