"""What types of autoencoders share: hyperparameters, the Keras model, the Gaussian code."""
