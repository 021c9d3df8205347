"""How good a code is: principal components, densities, probes, bits, paired tests. NumPy alone.

May import from the rooms below: `models.layers`, `models.data`, `models.hyperparameters`.
"""
