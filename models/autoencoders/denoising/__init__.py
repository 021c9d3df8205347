"""The denoising autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
