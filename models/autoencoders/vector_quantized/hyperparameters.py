"""What the vector-quantised autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    FeatureMapHyperparameters,
    ImageHyperparameters,
    ImageSetHyperparameters,
    PlannedLayers,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Integer, Real
from models.layers import spec


@dataclass(frozen=True)
class VectorQuantizedHyperparameters(PlannedLayers, ImageSetHyperparameters):
    """Hyperparameters of the vector-quantised autoencoder.

    The defaults were chosen by hand among what `benchmarks.search` had tried: its best, with larger
    steps, let the codebook collapse with one seed of five.
    """

    filters: tuple[int, ...] = with_default(FeatureMapHyperparameters, "filters", (16, 32))
    kernel_size: int = with_default(FeatureMapHyperparameters, "kernel_size", 4)
    num_embeddings: int = hyperparameter(
        128,
        Integer(2, 1024),
        "Codebook entries",
        "How many vectors there are to choose from. Each place of the image then takes so many "
        "bits at most: 1 for 2 entries, 7 for 128.",
        "Architecture",
    )
    embedding_dim: int = hyperparameter(
        16,
        Integer(1, 64),
        "Embedding size",
        "Numbers in each vector of the codebook. They cost no bits: only which vector it is has to "
        "be told. The fewer there are, the more commitment counts beside the error of the pixels: "
        "both are means.",
        "Architecture",
    )
    shift: int = with_default(ImageSetHyperparameters, "shift", 1, added=False)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "he_normal")
    optimizer: str = with_default(TrainingHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.004)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 10)
    codebook_update: str = hyperparameter(
        "ema",
        Choice({"ema": "moving averages", "loss": "by the loss"}),
        "Codebook learns",
        "Moving averages: each entry becomes the mean of the vectors that chose it lately. By the "
        "loss: the squared distance to them is added to the loss, and the optimiser moves it.",
        "Objective",
    )
    commitment: float = hyperparameter(
        0.25,
        Real(0.0, 10.0, 0.01),
        "Commitment",
        "What it costs the encoder that its vectors lie far from the entries they chose. 0: they "
        "may wander off, and the codebook runs after them.",
        "Objective",
        in_graph=False,
    )
    decay: float = hyperparameter(
        0.99,
        Real(0.0, 0.999, 0.001),
        "Decay",
        "How much of the moving averages is kept at each step: 0.99 remembers about the last 100 "
        "batches.",
        "Objective",
        in_graph=False,
    )
    dead_code_threshold: float = hyperparameter(
        0.05,
        Real(0.0, 0.5, 0.01),
        "Revival below",
        "An entry that is chosen less often than this share of the mean usage is put where a "
        "badly described vector lies. 0: dead entries stay dead.",
        "Objective",
        in_graph=False,
    )

    # Neither a dense layer nor a penalty on the weights.
    hidden_sizes = ()
    l2 = 0.0
    size_hyperparameter = "filters"
    output_activation = "sigmoid"

    @property
    def encoder_plan(self) -> spec.Plan:
        bend = self.hidden_activation
        *maps, _ = spec.convolutions(
            self.image_shape, self.filters, self.kernel_size, "stride", bend
        )
        size, book = self.embedding_dim, self.num_embeddings
        vectors = spec.convolution("vectors", maps[-1].output, size, 1, 1, "linear")
        return (*maps, vectors, spec.quantize("codebook", vectors.output, book))

    @property
    def decoder_plan(self) -> spec.Plan:
        filters, kernel, bend = self.filters[::-1], self.kernel_size, self.hidden_activation
        height, width, _ = spec.first_maps(self.image_shape, filters)
        grid = (height, width, self.embedding_dim)
        first = spec.convolution("decoder_maps", grid, filters[0], kernel, 1, bend)
        _, *rest = spec.deconvolutions(
            self.image_shape, filters, kernel, "transposed", bend, self.output_activation
        )
        return (spec.reshape("grid", (math.prod(grid),), grid), first, *rest)

    @property
    def layer_shapes(self) -> tuple[tuple[int, ...], ...]:
        shapes, code = super().layer_shapes, self.code_index
        return (*shapes[:code], self.encoder_plan[-1].settings["shape"], *shapes[code + 1 :])

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns of the places that have an entry each."""
        return self.encoder_plan[-1].settings["shape"][:2]

    @property
    def latent_dim(self) -> int:
        """Numbers that the decoder is given: one vector for each place."""
        return math.prod(self.grid_shape) * self.embedding_dim

    @property
    def code_symbols(self) -> tuple[int, int]:
        return math.prod(self.grid_shape), self.num_embeddings

    @property
    def pca_dim(self) -> int:
        return min(self.latent_dim, self.input_dim)

    @property
    def num_parameters(self) -> int:
        """Also the moving averages, which training changes as it does the weights."""
        sums = self.embedding_dim if self.codebook_update == "ema" else 0
        return super().num_parameters + self.num_embeddings * (1 + sums)


TYPE = AutoencoderType(
    name="vector_quantized",
    title="Vector-quantised",
    hyperparameters=VectorQuantizedHyperparameters,
    model="models.autoencoders.vector_quantized.model:VectorQuantizedAutoencoder",
    recipe_version=2,
    baseline="PCA, as many bits",
)
