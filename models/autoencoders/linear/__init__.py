"""The linear autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
