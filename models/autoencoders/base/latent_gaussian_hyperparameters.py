"""What autoencoders can be asked whose codes are drawn from a Gaussian."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.image_hyperparameters import ImageHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Integer, Real
from models.layers import spec


@dataclass(frozen=True)
class LatentGaussianHyperparameters(ImageHyperparameters):
    """Hyperparameters of the variational autoencoder."""

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (500, 500))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 20)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    epochs: int = with_default(ImageHyperparameters, "epochs", 25)
    likelihood: str = hyperparameter(
        "bernoulli",
        Choice({"bernoulli": "Bernoulli", "gaussian": "Gaussian"}),
        "Likelihood",
        "How the decoder's picture is scored. Bernoulli: each pixel is the probability of "
        "white. Gaussian: each pixel is a mean, with one learned noise level for all.",
        "Objective",
    )
    parametrization: str = hyperparameter(
        "log_variance",
        Choice({"log_variance": "log-variance", "sigma": "deviation (sigma)"}),
        "Spread as",
        "How the encoder states the spread of a code. A log-variance may be any number. A "
        "deviation, as in the article, must not come near zero, and nothing keeps it away: "
        "the loss jumps.",
        "Objective",
    )
    beta: float = hyperparameter(
        1.0,
        Real(0.0, 50.0, 0.05),
        "Beta",
        "Weight of the KL divergence. 1 is the variational bound; 0 leaves a plain autoencoder.",
        "Objective",
        in_graph=False,
    )
    kl_warmup_epochs: int = hyperparameter(
        0,
        Integer(0, 200),
        "KL warm-up",
        "Epochs over which beta rises from 0 to its value; 0 means from the start.",
        "Objective",
        in_graph=False,
    )

    # The encoder ends in means and spreads, the decoder in what the likelihood needs.
    code_activation = "linear"

    @property
    def kl_warmup_steps(self) -> int:
        """Optimiser steps over which beta rises."""
        return self.kl_warmup_epochs * self.steps_per_epoch

    @property
    def output_activation(self) -> str:
        return "sigmoid" if self.likelihood == "bernoulli" else "linear"

    @property
    def encoder_plan(self) -> spec.Plan:
        *hidden, code = super().encoder_plan
        inputs, units = code.weight_shapes[0]
        return (*hidden, spec.dense("posterior", inputs, 2 * units, code.activation))

    @property
    def num_parameters(self) -> int:
        noise_level = int(self.likelihood == "gaussian")
        return super().num_parameters + noise_level
