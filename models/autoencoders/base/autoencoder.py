"""What all autoencoders share: an encoder, a decoder, a reconstruction error, one idea more.

A type overrides the hooks that make it different (`build_layer`, `corrupt`, `penalty`, or the
whole `objective`); everything else, `fit` included, is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.augmentation import shift_images
from models.autoencoders.base.noise import EVALUATION_STEP, Noise, seed_for
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation.pca import PCA
from models.layers.keras_builder import build_layer, sequential
from models.layers.spec import Layer

INITIALIZERS = {
    "kernel": "kernel_initializer",
    "recurrent_kernel": "recurrent_initializer",
    "bias": "bias_initializer",
    "codebook": "codebook_initializer",
}
"""The weights that are drawn anew, and what draws them, as Keras' layers and cells call both."""


class Autoencoder(keras.Model):
    """Base class: minimises ||x - g(f(x))||^2 per number, plus the type's penalty.

    `encoder` (f, inputs to codes) and `decoder` (g, codes to outputs), both `keras.Model`s, are
    built as the plans of the hyperparameters say. It can be used like any Keras model:

        model = StackedAutoencoder(StackedHyperparameters(hidden_sizes=(300,), latent_dim=30))
        model.compile(optimizer="adam")
        model.fit(images, epochs=5, batch_size=150)

    Args:
        hyperparameters: Those of the type; their `seed` determines initial weights and all noise.

    Attributes:
        hyperparameters_class: Of a subclass: the class of its hyperparameters.
        adjustable: Hyperparameters that are numbers and that `objective` reads from `adjusted`,
            so that another value needs no new compilation.
        term_names: Names of all that `objective` returns, for the metrics of `fit`.
        compiles_with_xla: Whether a step is faster so.
        stage: Which of its stages the training is in; most types have only one, 0.
    """

    hyperparameters_class: type[TrainingHyperparameters]
    adjustable: tuple[str, ...] = ()
    compiles_with_xla = True
    stage = 0

    def __init__(self, hyperparameters: TrainingHyperparameters, **kwargs: Any):
        # Keras would number the models of a process, and with them the names of stored weights.
        super().__init__(**{"name": "autoencoder", **kwargs})
        self.hyperparameters: Any = hyperparameters  # each type reads its own
        self.build_networks()
        # Plain TensorFlow variables: in the compiled graph changing them needs no new
        # compilation, and unlike Keras' own they are not counted among the weights.
        self._seed = tf.Variable(hyperparameters.seed, dtype=tf.int32, trainable=False)
        self.adjusted = {
            name: tf.Variable(getattr(hyperparameters, name), dtype=tf.float32, trainable=False)
            for name in self.adjustable
        }
        has_penalty = hyperparameters.l2 or type(self).penalty is not Autoencoder.penalty
        penalty = ("penalty",) if has_penalty else ()
        self.term_names = ("reconstruction_mse", *self.own_terms, *penalty, "total")
        self._term_metrics = {name: keras.metrics.Mean(name=name) for name in self.term_names}
        self.initialize(hyperparameters.seed)
        self.built = True  # both halves are, so there is nothing left to infer from data

    # The hooks that a type may override.

    @property
    def own_terms(self) -> tuple[str, ...]:
        """Names of what `objective` gives between the squared error and the penalty."""
        return ()

    def build_networks(self) -> None:
        """Builds `encoder` and `decoder`, and what the type has beside them."""
        h = self.hyperparameters
        # Where a type conditions its halves on the class, both are given it beside their inputs.
        for half, size, plan in (
            ("encoder", h.input_dim, h.encoder_plan),
            ("decoder", h.latent_dim, h.decoder_plan),
        ):
            layers = [self.build_layer(layer) for layer in plan]
            setattr(self, half, sequential(size + h.num_classes, layers, half))

    def build_layer(self, layer: Layer) -> keras.Layer:
        """The Keras layer of one in a plan."""
        h = self.hyperparameters
        return build_layer(layer, h.initializer, h.l2)

    def augment(self, prepared: tf.Tensor, noise: Noise) -> tf.Tensor:
        """What a training step learns from in place of what `prepare` gave: images that have moved,
        where the hyperparameters say so."""
        h = self.hyperparameters
        return shift_images(prepared, h.image_shape, h.shift, noise) if h.shift else prepared

    def corrupt(self, x: tf.Tensor, noise: Noise) -> tf.Tensor:
        """What the encoder is shown in place of `x` during training; `x` itself by default."""
        return x

    def encode(self, x: tf.Tensor) -> tf.Tensor:
        """Codes [batch, latent_dim] of the inputs [batch, input_dim], without randomness."""
        return self.encoder(x)

    def decode(self, codes: tf.Tensor) -> tf.Tensor:
        """Reconstructions [batch, input_dim], in the units of the inputs."""
        return self.decoder(codes)

    def training_codes(self, x: tf.Tensor, noise: Noise) -> tf.Tensor:
        """What the decoder is given in a training step, and in an evaluation, in place of the
        codes of `x`, [batch, latent_dim]."""
        return self.encode(self.corrupt(x, noise))

    def penalty(self, x: tf.Tensor, codes: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor | None:
        """The type's own addition to the loss, a scalar, or None where it has none."""
        return None

    def objective(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, Any]:
        """The loss, term by term, of one batch.

        Args:
            x: Inputs, float32 [batch, input_dim].
            labels: Class of each input, int32 [batch]; most types ignore it.
            noise: Source of this step's random numbers.

        Returns:
            Scalars by name; "total" is what training minimises. All are means over the batch:
            "reconstruction_mse" per number of an example, everything in nats per example.
        """
        codes = self.training_codes(x, noise)
        error = mean_squared_error(x, self.decode(codes))
        return self.with_penalty({"reconstruction_mse": error}, error, x, codes, labels)

    def begin_stage(self, stage: int) -> None:
        """Begins another stage. What was traced or compiled before is of the former one."""
        self.stage = stage

    @property
    def stage_variables(self) -> list:
        """What the present stage trains."""
        return self.trainable_variables

    def prepare(self, x: tf.Tensor) -> tf.Tensor:
        """What the present stage learns from in place of the inputs `x` [batch, input_dim]: what
        does not change while the stage lasts, so that it is computed once."""
        return x

    def stage_objective(
        self, prepared: tf.Tensor, labels: tf.Tensor, noise: Noise
    ) -> dict[str, Any]:
        """The loss of the present stage, as `objective`, but of what `prepare` gave."""
        return self.objective(prepared, labels, noise)

    def gradients(self, tape: tf.GradientTape, terms: Mapping[str, Any]) -> list:
        """What each of the `stage_variables` descends along: the gradient of "total".

        Args:
            tape: A persistent `tf.GradientTape` that has watched the objective.
            terms: What the objective gave.
        """
        return tape.gradient(terms["total"], self.stage_variables)

    def apply_gradients(self, gradients: list) -> None:
        """Takes one optimiser step along the `gradients` of the `stage_variables`."""
        self.optimizer.apply(gradients, self.stage_variables)

    def load_hyperparameters(self, hyperparameters: TrainingHyperparameters) -> None:
        """Starts over with hyperparameters that differ from the ones built with only in what
        `graph_key` leaves out: new initial weights, same compiled graph."""
        self.hyperparameters = hyperparameters
        self._seed.assign(hyperparameters.seed)
        for name, variable in self.adjusted.items():
            variable.assign(getattr(hyperparameters, name))
        self.initialize(hyperparameters.seed)

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """Figures of interest beside the losses, measured on `data`; `components` is the PCA of its
        training set."""
        return {}

    def pca_baseline(self, x: np.ndarray, components: PCA) -> float:
        """The mean squared error per number that the PCA of the training set makes of the
        examples `x` [n, input_dim] with `pca_dim` numbers, within the network's `output_range`."""
        h = self.hyperparameters
        return components.error(x, h.pca_dim, h.output_range)

    baseline_follows_code = False
    """Whether how much PCA may keep depends on what the network has learned: then `pca_errors` and
    `sample` are asked for again when the training ends."""

    def pca_errors(self, data: Data, components: PCA) -> dict[str, float]:
        """The `pca_baseline` of the "train" and of the "held_out" examples."""
        parts = (("train", data.train), ("held_out", data.held_out))
        return {part: self.pca_baseline(x, components) for part, x in parts}

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """The examples that `pictures` are of, stored once per run, as named arrays.

        Args:
            data: A `Data`.
            components: The PCA of its training set.

        Returns:
            The first SAMPLE_SIZE held-out images as "inputs" and what PCA makes of them with
            `pca_dim` numbers, "pca_reconstructions", both uint8 [n, input_dim]; "labels",
            int32 [n].
        """
        inputs = self.pick_examples(data)
        rebuilt = self.pca_reconstruction(data, components)(inputs)
        return {
            "inputs": as_bytes(inputs).numpy(),
            "labels": data.held_out_labels[:SAMPLE_SIZE],
            "pca_reconstructions": as_bytes(rebuilt).numpy(),
        }

    def pca_reconstruction(self, data: Data, components: PCA) -> Callable[[np.ndarray], np.ndarray]:
        """What rebuilds examples [n, input_dim] as the PCA that the type is compared with does."""
        h = self.hyperparameters
        return partial(components.reconstruct, num_components=h.pca_dim, within=h.output_range)

    def pick_examples(self, data: Data) -> np.ndarray:
        """The examples whose codes and reconstructions a run shows."""
        return data.held_out[:SAMPLE_SIZE]

    def draw(self, x: tf.Tensor) -> dict[str, Any]:
        """What the type's page draws while training goes on; becomes one graph.

        Args:
            x: The sample's inputs, float32 [n, input_dim].

        Returns:
            "codes", float32 [n, latent_dim], and "reconstructions", uint8 [n, input_dim].
        """
        codes = self.encode(x)
        return {"codes": codes, "reconstructions": as_bytes(self.decode(codes))}

    def pick_inputs(self, data: Data) -> tuple[np.ndarray, ...]:
        """What `draw` is given of a `Data`."""
        return (self.pick_examples(data),)

    def pictures(self, data: Data) -> dict[str, np.ndarray]:
        """What `draw` gives of the examples that are pictured, as named arrays."""
        given = [tf.constant(array) for array in self.pick_inputs(data)]
        if self._drawing is None:
            # Layers that are called one by one take longer than their arithmetic; so does looking
            # for the trace that fits a call.
            signature = [tf.TensorSpec((None, *one.shape[1:]), one.dtype) for one in given]
            drawing = tf.function(self.draw, autograph=False)
            self._drawing = drawing.get_concrete_function(*signature)
        return {name: tensor.numpy() for name, tensor in self._drawing(*given).items()}

    _drawing: Callable[..., dict[str, tf.Tensor]] | None = None

    # The machinery that they share.

    def with_penalty(
        self,
        terms: dict[str, Any],
        loss: tf.Tensor,
        x: tf.Tensor,
        codes: tf.Tensor,
        labels: tf.Tensor,
    ) -> dict[str, Any]:
        """Adds "penalty" (weight decay and the type's own, where there is any) and "total"."""
        own = self.penalty(x, codes, labels)
        parts = [*self.losses, *([] if own is None else [own])]
        if parts:
            terms = terms | {"penalty": tf.add_n(parts)}
            loss = loss + terms["penalty"]
        return terms | {"total": loss}

    def initialize(self, seed: int) -> None:
        """Draws all weights anew: the same seed gives the same weights in every process."""
        layers = self._flatten_layers(include_self=False, recursive=True)
        cells = [layer.cell for layer in layers if hasattr(layer, "cell")]
        for layer in layers:
            if layer in cells:
                continue  # all of them have the same name; their layers stand for them
            owner = getattr(layer, "cell", layer)
            for role, source in INITIALIZERS.items():
                variable = getattr(owner, role, None)
                if variable is not None:
                    initializer = getattr(owner, source)
                    variable.assign(
                        _reseed(initializer, seed_for(seed, f"{layer.name}/{role}"))(
                            variable.shape, variable.dtype
                        )
                    )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.decode(self.encode(inputs))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"hyperparameters": self.hyperparameters.as_text()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        texts = config["hyperparameters"]
        h = cls.hyperparameters_class().parse(texts)
        return cls(**{**config, "hyperparameters": h})

    def step_noise(self) -> Noise:
        """The random numbers of the next optimiser step."""
        return Noise(self._seed, self.optimizer.iterations)

    def training_step(self, prepared: tf.Tensor, labels: tf.Tensor) -> dict[str, Any]:
        """One optimiser step on one batch of what `prepare` gave; returns the terms of
        `stage_objective` before the step.

        Both Keras' `fit` and the fast path of `models.training` run exactly this.
        """
        noise = self.step_noise()
        with tf.GradientTape(persistent=True) as tape:
            terms = self.stage_objective(self.augment(prepared, noise), labels, noise)
        self.apply_gradients(self.gradients(tape, terms))
        return terms

    def flow(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, Any]:
        """What one example after the other becomes on its way through the network.

        Args:
            x: Inputs, float32 [batch, input_dim].
            labels: Class of each, int32 [batch]; most types ignore it.
            noise: Source of this step's random numbers.

        Returns:
            "codes", what the decoder is given, [batch, latent_dim]; "outputs" in the units of
            the inputs, [batch, input_dim]; and what the type has in between.
        """
        codes = self.training_codes(x, noise)
        return {"codes": codes, "outputs": self.decode(codes)}

    def trace_weights(self) -> dict[str, Any]:
        """Weights, as they are now, that can be told as they stand, by name; most are too many."""
        return {}

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        x, labels = _with_labels(data)
        return self._report(self.training_step(self.prepare(x), labels), data)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        x, labels = _with_labels(data)
        noise = Noise(self._seed, EVALUATION_STEP)
        return self._report(self.objective(x, labels, noise), data)

    def _report(self, terms: Mapping[str, Any], data: Any) -> dict[str, Any]:
        # Means over the epoch so far: the last batch alone says little.
        size = tf.shape(_with_labels(data)[0])[0]
        for name, value in terms.items():
            self._term_metrics[name].update_state(value, sample_weight=size)
        return {name: metric.result() for name, metric in self._term_metrics.items()}

    @property
    def metrics(self) -> list[keras.Metric]:
        return list(self._term_metrics.values())


def _with_labels(data: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """(x, labels) from what Keras hands to a step; labels are zeros where `fit` got none."""
    x, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    if labels is None:
        labels = tf.zeros(tf.shape(x)[:1], tf.int32)
    return x, labels


def _reseed(initializer: tf.Tensor, seed: int) -> tf.Tensor:
    config = initializer.get_config()
    if "seed" in config:
        config["seed"] = seed
    return type(initializer).from_config(config)
