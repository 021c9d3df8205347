"""Lesson: who has to repair images learns where images lie."""

import numpy as np
import streamlit as st

from dashboard.claims import corruption as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.figures import curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import choose
from dashboard.views.view import draw_plot, view
from models.autoencoders.denoising import corruption
from models.data.images import as_grey

EXPERIMENTS = (
    Experiment(
        _("Half of it masked"),
        claims.MASKED,
        _("Every second pixel is black. How much of a digit can be guessed from the rest?"),
        " ".join(
            [
                _("Neighbouring pixels say much the same, so that much can be guessed."),
                str(claims.GAPS_FILLED),
                _(
                    "The filter always mixes neighbours with the same weights. The network's bends "
                    "let it take others, depending on what else is in the image."
                ),
            ]
        ),
    ),
    Experiment(
        _("Salt and pepper"),
        claims.SALTED,
        _("Three pixels in ten are pure black or white. Is that harder than grey noise?"),
        _(
            "Compare the held-out error with that of Gaussian noise. Then try this network on "
            "Gaussian noise, under “Other noise”."
        ),
    ),
    Experiment(
        _("No bottleneck"),
        claims.WIDE,
        _("As many numbers in the code as pixels. Will the network copy, noise and all?"),
        _(
            "It cannot: what it is asked for is not what it sees. Compare its error with that of "
            "150 numbers. [[PCA]] with 784 numbers would copy, and with the image all of its noise."
        ),
    ),
    Experiment(
        _("No noise"),
        claims.QUIET,
        _("The same network with nothing to repair. Who is closer to the originals?"),
        _(
            "The [[Wiener filter]]: it leaves the images as they are. The network cannot, as all "
            "has to pass through its [[code]]; it is a plain stacked autoencoder now. Try it on "
            "noise, under “Other noise”: it has never learned to ignore any."
        ),
    ),
)

UNSEEN = _("Other noise")

STRENGTHS = np.linspace(0.0, 1.0, 21)


def add_noise(pixels: np.ndarray, kind: str, noise_level: float) -> np.ndarray:
    """The images, uint8 [n, input_dim], as numbers from 0 to 1 with noise, the same each time."""
    draws = np.random.default_rng(0)
    return corruption.corrupt(
        pixels / np.float32(255),
        kind,
        np.float32(noise_level),
        normal=lambda: draws.standard_normal(pixels.shape, np.float32),
        uniform=lambda: draws.random(pixels.shape, np.float32),
        where=np.where,
    )


@st.cache_data(max_entries=16, show_spinner=False)
def sweep(
    run_id: str, stamp: str, kind: str, _run_view: RunView
) -> tuple[list[float], list[float]]:
    """The mean squared error of what the network repairs, and of the noisy images left as they
    are, at each of `STRENGTHS`; over the run's sample."""
    pixels = run_sample.sample(_run_view).inputs
    clean, repaired, left = add_noise(pixels, kind, 0.0), [], []
    for noise_level in STRENGTHS:
        shown = add_noise(pixels, kind, noise_level)
        rebuilt = inference.output(_run_view, "both", shown)
        repaired.append(float(np.mean(np.square(rebuilt - clean))))
        left.append(float(np.mean(np.square(shown - clean))))
    return repaired, left


@view(
    _("Other noise can be tried a few seconds after the training has begun."),
    weights=True,
    about=_(
        "Where the dashed line is the lower one, the network does more harm than good: "
        "without noise, where that line has no error at all, it still repairs what needs no "
        "repair. Mean over {n} held-out images."
    ),
)
def draw_unseen(run_view: RunView, seen: Sample) -> dict:
    """The trained network on noise of a kind and strength that it was not trained on."""
    trained_on = run_view.recipe.hyperparameters.corruption
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = choose(
            _("Noise to try"),
            {name: _(label) for name, label in corruption.KINDS.items()},
            "denoising.unseen.kind",
            default="salt_and_pepper" if trained_on != "salt_and_pepper" else "gaussian",
        )
        noise_level = st.slider(
            _("Its strength"), 0.0, 1.0, 0.3, 0.05, key="denoising.unseen.noise_level", width=300
        )
    _draw_repaired(run_view, seen, kind, noise_level)
    _draw_sweep(run_view, kind)
    return {"n": len(seen.labels)}


def _draw_repaired(run_view: RunView, seen: Sample, kind: str, noise_level: float) -> None:
    which = reconstructions.one_of_each(seen.labels)
    shown = add_noise(seen.inputs, kind, noise_level)[which]
    rebuilt = inference.output(run_view, "both", shown)
    errors = np.mean(np.square(rebuilt - seen.inputs[which] / 255.0), axis=1)
    image_rows(
        [
            (_("original"), seen.as_images(seen.inputs[which])),
            (_("noisy"), seen.as_images(as_grey(shown))),
            (_("repaired"), seen.as_images(as_grey(rebuilt))),
        ],
        key="denoising.unseen",
        alt=_("Images with {kind} noise, and what the network makes of them").format(
            kind=_(corruption.KINDS[kind])
        ),
        captions=[f"{error:.4f}" for error in errors],
        caption_label=_("error"),
    )


def _draw_sweep(run_view: RunView, kind: str) -> None:
    repaired, left = sweep(run_view.run.id, inference.stamp(run_view), kind, run_view)
    h = run_view.recipe.hyperparameters
    figure = curve_charts.lines(
        STRENGTHS,
        [(_("repaired"), repaired, style.AUTOENCODER), (_("left as it is"), left, style.FAINT)],
        x_title=_("strength of {kind} noise").format(kind=_(corruption.KINDS[kind])),
        y_title=_("mean squared error"),
        mark=(_("trained on"), h.noise_level) if kind == h.corruption else None,
        log=True,
    )
    alt = _("Error of repaired and of noisy images by the strength of the noise")
    draw_plot(run_view, figure, "denoising.sweep", alt)


PREDICTION = Prediction(
    _("Noisy held-out digits: who comes closer to the clean ones?"),
    (_("the network"), _("equal, within 10 %"), _("the Wiener filter")),
    image_views.compared_with_pca,
    (
        _(
            "The filter treats all images alike. The network's bends let it repair a pixel in one "
            "way or another, depending on the rest of the image."
        ),
        _("What the bends might gain, the network has not learned, or the noise leaves no room."),
        _(
            "Either there is hardly any noise, and to leave the image as it is does best; or the "
            "training has not got far enough."
        ),
    ),
)

page = Page(
    "denoising",
    _("The denoising autoencoder"),
    _(
        "Damage an image, show the network only the damaged one, and ask for the **clean** one. "
        "Copying no longer helps. To repair a stroke one must know how people write, so this "
        "[[autoencoder]] learns something useful even where its [[code]] is no [[bottleneck]]."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a *noisy* held-out image. What you draw yourself goes in "
    "without noise. [[encoder|Encoder]] and [[decoder]] work in your browser."
)

page.train(image_views.list_metrics, image_views.drawing(chosen, about_map, {UNSEEN: draw_unseen}))


def explain() -> None:
    """The idea in three equations."""
    prose(
        _(
            "Every time an image $x$ is seen, chance damages it anew: Gaussian noise of strength "
            "$s$, or, with the probability $p$, another value in place of a pixel: black where it "
            "is masked, black or white, equally often, where it is salt and pepper."
        )
    )
    st.latex(
        r"\tilde{x} = x + s\,\varepsilon \quad\text{or}\quad \tilde{x}_i = \begin{cases} "
        r"0 \text{ (or 1)} & \text{with probability } p \\ x_i & \text{else}\end{cases}"
    )
    prose(
        _(
            "The network is shown the damaged image, and its output is compared with the clean one "
            "([Vincent et al., 2008](https://doi.org/10.1145/1390156.1390294), "
            "[2010](https://www.jmlr.org/papers/v11/vincent10a.html)):"
        )
    )
    st.latex(r"L = \frac{1}{d\,n} \sum_{i=1}^{n} \lVert x_i - g(f(\tilde{x}_i)) \rVert^2")
    prose(
        _(
            "No answer has a smaller expected error than the mean of all images that might be "
            "behind the damaged one. For Gaussian noise that mean can be written down. With $p$ as "
            "the density of the *noisy* images, it is"
        )
    )
    st.latex(r"\operatorname{E}[x \mid \tilde{x}] = \tilde{x} + s^2\, \nabla \log p(\tilde{x})")
    prose(
        _(
            "a step from the damaged image towards where noisy images are denser. A network that "
            "denoises well has learned the slope of that density, at least where there are images "
            "([Vincent, 2011](https://doi.org/10.1162/NECO_a_00142); [Alain and Bengio, "
            "2014](https://www.jmlr.org/papers/v15/alain14a.html)). Diffusion models, which make "
            "images out of pure noise, take many such steps."
        )
    )
    show_source("models/autoencoders/denoising/model.py", "DenoisingAutoencoder.corrupt")
    prose(
        _(
            "What the network is compared with is the best that a *linear* map can do, the "
            "[[Wiener filter]]. It follows from the means and covariances of the training images "
            "and of the noise, without any training, and has no [[bottleneck]]. [[PCA]] of the "
            "noisy images, with however many numbers, is a linear map, too: on average over all "
            "noise it repairs the training images no better."
        )
    )
    show_source("models/autoencoders/denoising/wiener.py", "fit")


page.close(
    " ".join(
        [
            "-",
            str(claims.BETTER_THAN_LINEAR),
            _(
                "\n- All losses on this page, those of held-out images too, are of **noisy** "
                "images against clean ones; the level lines are what the [[Wiener filter]] makes "
                "of the same noisy images, within black and white.\n"
                "- Every epoch draws new noise, so no noisy image is ever seen twice. That makes "
                "learning by heart harder.\n"
                "- Does a network repair noise that it has not seen? Look at “{unseen}”."
            ).format(unseen=UNSEEN),
            str(claims.SALT_REPAIRED),
            str(claims.MASKING_UNSEEN),
            _(
                "Gaussian noise makes pixels brighter as often as darker. Masking only ever takes "
                "strokes away.\n"
                "- When all is lost in noise, the answer is a blur: the mean of everything that it "
                "might have been."
            ),
        ]
    ),
    {_("The idea in three equations"): explain},
)
