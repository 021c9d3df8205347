"""Lesson: a variational autoencoder gives its codes a known shape, so that digits can be drawn."""

from functools import partial

import numpy as np
import streamlit as st
from scipy.stats import norm

from dashboard.claims import start_here as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_mosaic
from dashboard.lesson import progress
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction, answer_by
from dashboard.lesson.source import show_source
from dashboard.runs import inference
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import anomalies, generation, image_views, reconstructions, vae_views

MANIFOLD = 17  # images along each side

EXPERIMENTS = (
    Experiment(
        _("Beta 0"),
        claims.BETA_0,
        _("Nothing orders the codes any more. What becomes of the invented digits?"),
        _("{fail} {off} Where the prior is drawn from, the decoder has never been.").format(
            fail=claims.DRAWS_FAIL, off=claims.CODES_RUN_OFF
        ),
    ),
    Experiment(
        _("Beta 20"),
        claims.BETA_20,
        _("Every nat of code now costs twenty. How many of the twenty dimensions survive?"),
        _(
            "{few} A dimension that does not save twenty nats of picture for each nat of code is "
            "switched off: it returns the prior whatever it sees. Whatever goes in, nearly the "
            "same blur comes out: posterior collapse."
        ).format(few=claims.COLLAPSES),
    ),
    Experiment(
        _("Two dimensions"),
        claims.PLANE,
        _("Two numbers instead of twenty. Where do the ten digits find room? See “Manifold”."),
        _(
            "They share the plane like countries on a map, and the borders are digits in between: "
            "a 4 that becomes a 9. {costs} But the whole space can be seen at a glance, and how "
            "the decoder fills the places where no image has its code."
        ).format(costs=claims.PLANE_COSTS),
    ),
    Experiment(
        _("The article's sigma"),
        claims.SIGMA,
        _("The article lets the network give the deviation itself. What does the loss do?"),
        _(
            "{jumps} Near zero, log s² falls into a bottomless hole: one step too far and the KL "
            "divergence throws the weights back. A network that gives log s² has no such place: "
            "every number is allowed. *Gradient clipping* at 100 shortens such steps. Try it."
        ).format(jumps=claims.SIGMA_JUMPS),
    ),
)


# Views


def draw_invented(run_view: RunView) -> None:
    """Digits decoded from draws of the prior: the run's own, or others once it has ended."""
    temperature = vae_views.draw_temperature(run_view)
    images = vae_views.generated(run_view)
    if temperature is not None:
        codes = temperature * vae_views.prior_codes(run_view, len(images))
        images = inference.decode(run_view, codes)
    alt = _("Forty images that the decoder makes of random codes")
    vae_views.draw_generated(
        run_view,
        images,
        "variational.invented",
        alt,
        is_redrawn=vae_views.is_redrawn("variational"),
    )
    prose(_(
        "Nobody wrote these digits: [[decoder]] inputs drawn at random from the [[prior]]. "
        "The same draws are shown all through a training."))  # fmt: skip


def draw_manifold(run_view: RunView) -> None:
    """All of a two-dimensional space at once, in steps of equal probability of the prior."""
    if run_view.recipe.hyperparameters.latent_dim != 2:
        st.info(_("With exactly two dimensions the whole space fits on the screen: every point of "
                  "the plane, decoded."), icon=":material/grid_on:")  # fmt: skip
        progress.draw_offer(chosen, _("Train with two dimensions"), claims.PLANE, key="manifold")
        return
    if not vae_views.has_weights(run_view):
        return
    steps = norm.ppf(np.linspace(0.02, 0.98, MANIFOLD))
    across, upward = np.meshgrid(steps, steps[::-1])
    images = inference.decode(run_view, np.stack([across.ravel(), upward.ravel()], axis=1))
    pictures, text = st.columns([3, 2], gap="medium")
    with pictures:
        image_mosaic(
            vae_views.in_columns(images, MANIFOLD),
            key="variational.manifold",
            alt=_("A grid of decoded images: neighbours are alike, and digits blend into others"),
            pixels=32,
        )
    with text:
        prose(_(
            "Code 1 grows to the right, code 2 upwards, each from {low:.1f} to {high:.1f}. The "
            "steps hold equal shares of the [[prior]]: between any two columns lie as many random "
            "draws. So no corner is a rarity, and the area of a digit is its share among "
            "the invented ones. White or broken patches are holes: the prior reaches them, no "
            "image does.").format(low=steps[0], high=steps[-1]))  # fmt: skip


ABOUT_MAP = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two dimensions that say "
    "most; circles are 1, 2 and 3 standard deviations of the [[prior]]. The [[encoder]] and "
    "the [[decoder]] that this run has trained work in your browser: nothing you do here asks "
    "the server. Pointing at an image decodes its whole code; in between, what the map does not "
    "show is taken from the nearest image; the sliders have its numbers."
)

ORIGINALS = _("Held-out images, written by people. After training, this is where images appear "
              "that nobody wrote.")  # fmt: skip


VIEWS = {
    "invented": (_("Invented"), draw_invented),
    "explore": (_("Explore"), partial(vae_views.draw_explorer, ABOUT_MAP)),
    "rebuilt": (_("Rebuilt"), reconstructions.draw_grid),
    "space": (_("Latent space"), vae_views.draw_space),
    "manifold": (_("Manifold"), draw_manifold),
    "dimensions": (_("KL per dimension"), vae_views.draw_dimensions),
    "fitted": (_("Gaussian fit"), generation.draw_invented),
}


def measure_use(run_view: RunView) -> float | None:
    """The share of the dimensions that are used."""
    kl = run_view.pictures.get("kl_per_dimension")
    return None if kl is None else vae_views.used_dimensions(kl) / len(kl)


PREDICTION = Prediction(
    _("How many dimensions of the code will be used?"),
    (_("fewer than half"), _("half or more, not all"), _("all of them")),
    answer_by(measure_use, 0.5, 1),
    _(
        "A dimension is used only where it saves more nats of picture than it costs in nats of "
        "code; a dimension that does not returns the prior, whatever the image."
    ),
)

page = Page(
    "variational",
    _("The variational autoencoder"),
    _(
        "A plain [[autoencoder]] rebuilds digits, but it cannot invent one: between its codes lie "
        "holes that mean nothing. Here the [[code]] of a digit is a small **cloud** instead of a "
        "point, and all clouds are pressed into one known shape, the [[prior]]. So any point drawn "
        "from that shape should decode to a digit **that nobody wrote**: see how many do "
        "([Kingma and Welling, 2014](https://arxiv.org/abs/1312.6114))."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

if chosen.recipe.hyperparameters.excluded_classes:
    VIEWS["anomalies"] = (image_views.ANOMALIES, anomalies.draw_anomalies)


has_plane = chosen.recipe.hyperparameters.latent_dim == 2

page.train(
    vae_views.list_metrics,
    vae_views.drawing(
        chosen,
        VIEWS,
        ORIGINALS,
        from_weights=("explore", "manifold", "fitted", "anomalies"),
        without_run=("rebuilt",) if has_plane else ("rebuilt", "manifold"),
    ),
)


def explain() -> None:
    """The loss, equation by equation."""
    prose(_("The [[encoder]] gives every image a cloud of codes, a normal distribution with mean "
            "$m$ and deviation $s$ in each dimension. A code is drawn from it:"))  # fmt: skip
    st.latex(r"z = m(x) + s(x) \odot \varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)")
    prose(_("Minimised is the negative [[variational bound]], with the weight [[beta]]:"))
    st.latex(r"L = -\log p(x \mid z) + \beta\, \mathrm{KL}\bigl(q(z \mid x) \,\|\, "
             r"\mathcal{N}(0, I)\bigr)")  # fmt: skip
    show_source(
        "models/autoencoders/base/latent_gaussian.py", "LatentGaussianAutoencoder.objective"
    )
    prose(_("**How well is the image rebuilt?** Each output is the probability $p_i$ that pixel "
            "$i$ is white:"))  # fmt: skip
    st.latex(r"-\log p(x \mid z) = -\sum_i \bigl[ x_i \log p_i "
             r"+ (1 - x_i) \log (1 - p_i) \bigr]")  # fmt: skip
    show_source("models/autoencoders/base/latent_gaussian.py", "bernoulli_nats")
    prose(_("**How far is the cloud from the prior?** The [[KL divergence]] is 0 only for "
            "$m = 0$, $s = 1$, a code that says nothing:"))  # fmt: skip
    st.latex(r"\mathrm{KL} = \tfrac{1}{2} \sum_j \left( s_j^2 + m_j^2 - 1 - \log s_j^2 \right)")
    prose(_("The network gives $\\log s^2$, so every number is allowed. The article lets it give "
            "$s$: near zero $\\log s^2$ falls without end, and the loss spikes."))  # fmt: skip
    show_source("models/autoencoders/base/latent_gaussian.py", "gaussian_kl")


page.close(
    _(
        "- The two parts of the loss pull against each other: sharper pictures cost more nats of "
        "code. Beta sets the exchange rate.\n"
        "- {silent} The network pays for what it says, not for what it could say.\n"
        "- Digits drawn from the prior look less sharp than rebuilt ones: between the clouds there "
        "is still room where the decoder has seldom been.\n"
        "- {gap} Both halves have a part in it: the decoder knows its training images by heart, "
        "and the encoder finds codes for new images that are not the best ones there are ([Cremer "
        "et al., 2018](https://arxiv.org/abs/1801.03558)). What is never seen twice alike is "
        "harder to learn by heart. {moving}\n"
        "- The article prints 108.4 nats for MNIST, the last batch of an unstable training. A mean "
        "over all images is the number to compare."
    ).format(
        silent=claims.SIXTY_FALL_SILENT, gap=claims.GAP_OF_PICTURES, moving=claims.MOVING_WINS
    ),
    {_("The loss, equation by equation"): explain},
    has_step=True,
)
