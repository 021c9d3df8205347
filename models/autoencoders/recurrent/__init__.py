"""The recurrent autoencoder: `hyperparameters` without TensorFlow, `model` with it."""
