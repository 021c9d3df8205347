"""The sparse autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
