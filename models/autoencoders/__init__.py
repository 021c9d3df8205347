"""The types of autoencoders: one folder each, what they share in base/, a list in the registry.

May import from the rooms below: `models.evaluation`, `models.layers`, `models.data`,
`models.hyperparameters`. TensorFlow is imported by each type's `model` and what it stands on in
base/ alone: the web process reads everything else.
"""
