"""The stacked autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
