"""The vector-quantised autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
