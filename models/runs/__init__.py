"""What was asked (recipe) and what came of it (run, store, lease), as files.

May import from the rooms below: `models.autoencoders`, without their networks, and what these may
import. Nothing here imports TensorFlow.
"""
