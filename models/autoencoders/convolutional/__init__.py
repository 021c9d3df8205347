"""The convolutional autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
