"""The variational autoencoder: codes are distributions, so that new examples can be drawn."""

from __future__ import annotations

import keras

from models.autoencoders.base.latent_gaussian import LatentGaussianAutoencoder
from models.autoencoders.variational.hyperparameters import VariationalHyperparameters


@keras.saving.register_keras_serializable("autoencoder_lab")
class VariationalAutoencoder(LatentGaussianAutoencoder):
    """Minimises E_q[-log p(x | z)] + beta KL(q(z | x) || N(0, I)), q = N(m(x), s(x)^2 I).

    The negative evidence lower bound of Kingma and Welling, "Auto-encoding variational Bayes"
    (2014), equation 3, with one reparameterised sample z = m + s e, e ~ N(0, I), per example;
    beta as in Higgins et al., "beta-VAE" (2017), equation 4, with the warm-up of Sonderby et
    al., "Ladder variational autoencoders" (2016), section 2.3. The encoder gives log s^2, which
    may be any number. With `parametrization="sigma"` it gives s: near zero the KL divergence is
    then so steep that the loss spikes. (A negative s only mirrors the noise, so z = m + |s| e
    has the same distribution.) All of it is inherited: it is the plain one of its kind.

    Symbols: m, log s^2 = `posterior(x)`; z = `codes`; e = noise stream "posterior";
    p(x | z) = `likelihood`; beta = `beta`.
    """

    hyperparameters_class = VariationalHyperparameters
