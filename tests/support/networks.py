"""What the tests of networks share."""


def weights_of(model):
    """A Keras model's weights by the names under which runs store them."""
    return {f"weights/{variable.path}": variable.numpy() for variable in model.weights}
