"""The same networks as everybody writes them: Keras with `fit`, PyTorch with a plain loop.

Layers, losses, optimiser, batches and numbers of threads are those of `models/`; nothing is
handicapped and nothing is tuned. Each class takes hyperparameters and data, and `train(epochs)`
trains on.
"""

from __future__ import annotations

import itertools

import keras
import numpy as np
import tensorflow as tf

try:
    import torch
except ImportError:  # optional: the column then says so
    torch = None


def stack(sizes, activations, last):
    """Dense layers as a `keras.Sequential`: `sizes` from input to output."""
    *hidden, output = sizes[1:]
    layers = [keras.layers.Dense(size, activations) for size in hidden]
    return keras.Sequential([keras.Input((sizes[0],)), *layers, keras.layers.Dense(output, last)])


class Sampling(keras.layers.Layer):
    """As in the Keras documentation's example of a variational autoencoder."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_variance = inputs
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed_generator)
        return mean + keras.ops.exp(0.5 * log_variance) * noise


class KerasVAE(keras.Model):
    """As in the Keras documentation's example: its own `train_step`, three loss trackers."""

    def __init__(self, h):
        super().__init__()
        before, after = (h.input_dim, *h.hidden_sizes), (*reversed(h.hidden_sizes), h.input_dim)
        inputs = keras.Input((h.input_dim,))
        hidden = stack(before, h.hidden_activation, h.hidden_activation)(inputs)
        mean = keras.layers.Dense(h.latent_dim)(hidden)
        log_variance = keras.layers.Dense(h.latent_dim)(hidden)
        codes = Sampling()([mean, log_variance])
        self.encoder = keras.Model(inputs, [mean, log_variance, codes])
        self.decoder = stack((h.latent_dim, *after), h.hidden_activation, "sigmoid")
        names = ("loss", "reconstruction_loss", "kl_loss")
        self.trackers = [keras.metrics.Mean(name=name) for name in names]

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, log_variance, codes = self.encoder(data)
            errors = keras.losses.binary_crossentropy(data, self.decoder(codes))
            reconstruction = data.shape[-1] * keras.ops.mean(errors)
            kl = -0.5 * (1 + log_variance - keras.ops.square(mean) - keras.ops.exp(log_variance))
            kl = keras.ops.mean(keras.ops.sum(kl, axis=1))
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for tracker, value in zip(self.trackers, (loss, reconstruction, kl), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


class KerasPeer:
    """`compile` and `fit`."""

    def __init__(self, hyperparameters, x: np.ndarray):
        h = self.hyperparameters = hyperparameters
        self.x = x
        optimizer = keras.optimizers.Adam(h.learning_rate)
        if hasattr(h, "likelihood"):
            self.model = KerasVAE(h)
            self.model.compile(optimizer)
            self.targets = {}
        else:
            self.model = stack(h.layer_sizes, None, None)
            for layer, activation in zip(self.model.layers, h.layer_activations, strict=True):
                layer.activation = keras.activations.get(activation)
            self.model.compile(optimizer, "mse")
            self.targets = {"y": x}

    def train(self, epochs: int) -> None:
        size = self.hyperparameters.effective_batch_size
        self.model.fit(self.x, **self.targets, epochs=epochs, batch_size=size, verbose=0)


def factors(h) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Matrices of the sizes that one step multiplies: for each layer its inputs, its kernel and
    the gradient of its outputs."""
    shapes = list(itertools.pairwise(h.layer_sizes))
    if hasattr(h, "likelihood"):  # the encoder ends in means and log-variances
        middle = len(h.hidden_sizes)
        shapes[middle] = (shapes[middle][0], 2 * h.latent_dim)
    size, numbers = h.effective_batch_size, np.random.default_rng(1)

    def matrix(rows, columns):
        return numbers.standard_normal((rows, columns), np.float32)

    inputs = [matrix(size, rows) for rows, _ in shapes]
    gradients = [matrix(size, columns) for _, columns in shapes]
    return inputs, [matrix(*shape) for shape in shapes], gradients


class TorchPeer:
    """An `nn.Sequential` per half and the usual five lines per step, without a DataLoader:
    indexing a tensor is faster."""

    def __init__(self, hyperparameters, x: np.ndarray):
        h = self.hyperparameters = hyperparameters
        self.x = torch.from_numpy(x)
        self.is_variational = hasattr(h, "likelihood")
        middle = len(h.hidden_sizes) + 1
        sizes, activations = h.layer_sizes, list(h.layer_activations)
        if self.is_variational:
            activations[-1] = "linear"  # its loss takes logits
        widths = list(sizes[1:])
        widths[middle - 1] *= 2 if self.is_variational else 1
        layers = [
            torch.nn.Sequential(torch.nn.Linear(a, b), *_torch_activation(name))
            for a, b, name in zip(sizes, widths, activations, strict=False)
        ]
        self.encoder = torch.nn.Sequential(*layers[:middle])
        self.decoder = torch.nn.Sequential(*layers[middle:])
        parameters = itertools.chain(self.encoder.parameters(), self.decoder.parameters())
        self.optimizer = torch.optim.Adam(parameters, lr=h.learning_rate)

    def train(self, epochs: int) -> None:
        size = self.hyperparameters.effective_batch_size
        for _ in range(epochs):
            order = torch.randperm(len(self.x))
            for start in range(0, len(self.x) - size + 1, size):
                x = self.x[order[start : start + size]]
                self.optimizer.zero_grad()
                self.loss(x).backward()
                self.optimizer.step()

    def products(self, epochs: int) -> None:
        """The matrix products of so many epochs and nothing else."""
        h = self.hyperparameters
        layers = list(
            zip(*([torch.from_numpy(m) for m in each] for each in factors(h)), strict=True)
        )
        for _ in range(epochs * (len(self.x) // h.effective_batch_size)):
            for index, (inputs, kernel, gradient) in enumerate(layers):
                torch.mm(inputs, kernel)
                torch.mm(inputs.T, gradient)
                if index:
                    torch.mm(gradient, kernel.T)

    def loss(self, x):
        functional = torch.nn.functional
        if not self.is_variational:
            return functional.mse_loss(self.decoder(self.encoder(x)), x)
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        codes = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        logits = self.decoder(codes)
        nats = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp())
        return (nats + kl) / len(x)


def _torch_activation(name: str) -> list:
    known = {"relu": "ReLU", "elu": "ELU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    return [] if name == "linear" else [getattr(torch.nn, known[name])()]
