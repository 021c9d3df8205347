"""The hashing autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
