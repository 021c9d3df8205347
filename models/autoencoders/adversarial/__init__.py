"""The adversarial autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
