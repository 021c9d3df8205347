"""The contractive autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
