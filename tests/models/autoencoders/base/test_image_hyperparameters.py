"""What types of images have in common."""

import dataclasses

from models.autoencoders.base.image_hyperparameters import ImageSetHyperparameters, PlannedLayers
from models.autoencoders.vector_quantized.hyperparameters import VectorQuantizedHyperparameters


def test_the_layers_of_other_plans_keep_the_defaults_of_their_types():
    """`PlannedLayers` among the bases brings no field of its own, and so no other default."""

    @dataclasses.dataclass(frozen=True)
    class Planned(PlannedLayers, ImageSetHyperparameters):
        """A type with layers by plan and no default of its own."""

    theirs, ours = ({one.name: one.default for one in dataclasses.fields(cls)} for cls in
                    (ImageSetHyperparameters, Planned))  # fmt: skip
    assert ours == theirs and ours["learning_rate"] == 0.002


def test_what_a_type_does_not_ask_has_its_only_value():
    h = VectorQuantizedHyperparameters()
    assert (h.hidden_sizes, h.l2, h.excluded_classes, h.num_classes) == ((), 0.0, (), 0)
