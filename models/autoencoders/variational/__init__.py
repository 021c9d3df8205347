"""The variational autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
