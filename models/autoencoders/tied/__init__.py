"""The tied autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
