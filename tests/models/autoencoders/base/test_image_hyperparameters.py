"""What types of images have in common."""

from models.autoencoders.base.image_hyperparameters import ImageSetHyperparameters
from models.autoencoders.vector_quantized.hyperparameters import VectorQuantizedHyperparameters


def test_the_layers_of_other_plans_keep_the_defaults_of_their_types():
    """`PlannedLayers` among the bases brings no field of its own, and so no other default."""
    h = VectorQuantizedHyperparameters()
    assert h.learning_rate == ImageSetHyperparameters.learning_rate == 0.002
    assert (h.hidden_sizes, h.l2, h.excluded_classes, h.num_classes) == ((), 0.0, (), 0)
