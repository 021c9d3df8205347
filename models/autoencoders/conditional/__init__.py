"""The conditional autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
