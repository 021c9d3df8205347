"""What the adversarial lesson shows: codes against draws of the prior, and the two opponents."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary.glossary import prose
from dashboard.components.metric_row.metric_row import Metric, follow
from dashboard.components.plots.plots import live_plots
from dashboard.figures import code_maps, curve_charts, style
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.text.numbers import with_error
from dashboard.views import image_views, reconstructions, vae_views
from dashboard.views.controls import choose, draw_seed_button
from dashboard.views.view import view
from models.autoencoders.adversarial import priors
from models.data.datasets import SAMPLE_SIZE
from models.evaluation import density

DIGITS = _("From the prior")
# Of so many pairs of samples of one prior, that share is closer than what counts as chance.
SURE, CHANCE_PAIRS = 0.95, 200

MEASURED = "discriminator_auc", "energy_distance", "energy_distance_error"

JUDGED = (0.65, 0.9)  # areas under the ROC curve between guessing, often and nearly always right

PART_COLUMNS = 10  # of the decoded draws: as many parts of the prior as digits


def list_metrics(run_view: RunView) -> list[Metric]:
    """The held-out error, whether the discriminator can tell, and how far the codes are off."""
    limit = chance(run_view.recipe.hyperparameters)

    def read_distance(event: Mapping[str, Any] | None) -> tuple[str, str]:
        found = event.get("diagnostics", {}) if event else {}
        distance, error = (found.get(name) for name in MEASURED[1:])
        text = "–" if distance is None or error is None else with_error(distance, error)
        return text, _("chance: below {limit:.3f}").format(limit=limit)

    return [
        image_views.list_metrics(run_view)[0],
        image_views.follow_diagnostic(
            run_view,
            _("The judge is right"),
            MEASURED[0],
            ".0%",
            _("50 %: it cannot tell"),
            _(
                "Of pairs of a held-out code and a draw of the prior: in how many the "
                "discriminator takes the draw for the likelier draw (the area under its ROC curve)."
            ),
        ),
        follow(
            run_view,
            _("Distance to the prior"),
            read_distance,
            _(
                "Energy distance between the codes of {n} held-out images and as many draws of the "
                "prior, with its standard error; where the discriminator is told the classes, the "
                "mean over them of the distance between a class and its part of the prior. Two "
                "samples of the prior itself stay below the other number in {share:.0%} of cases."
            ).format(n=SAMPLE_SIZE, share=SURE),
        ),
    ]


def chance(h: Any) -> float:
    """The energy distance that two samples of the prior seldom exceed."""
    return _chance(h.prior, h.latent_dim, h.num_parts, h.discriminator_classes > 0)


@st.cache_data(max_entries=32, show_spinner=False)
def _chance(prior: str, latent_dim: int, num_parts: int, told: bool) -> float:
    parts = priors.parts_in_turn(SAMPLE_SIZE, num_parts) if told else None
    draw = partial(
        priors.draw, prior, latent_dim, num_parts, parts=SAMPLE_SIZE if parts is None else parts
    )
    pairs = ((draw(seed=2 * pair), draw(seed=2 * pair + 1)) for pair in range(CHANCE_PAIRS))
    return density.chance_distance(pairs, SURE, parts)


def _hyperparameters(run_view: RunView) -> Any:
    """Of an adversarial autoencoder."""
    return run_view.recipe.hyperparameters


# Views


def draw_opinion(run_view: RunView) -> None:
    """Codes, and draws of the prior beside them, over what the discriminator says of each place."""
    seen, draws = run_sample.sample(run_view), inference.prior_draws(run_view)
    h = run_view.recipe.hyperparameters
    if seen is None or draws is None or "discriminator" not in run_view.pictures:
        st.info(_("The code space appears here with the first training."))
        return
    if h.latent_dim < 2:
        st.info(_("With one number there is no plane to draw. Choose a code of two or more."))
        return
    _draw_maps(run_view, seen, draws)
    text = _(
        "**Blue** ground: here the [[discriminator]] would guess a draw of the [[prior]], "
        "**orange**: a code. Clear: it cannot tell; lines at 25, 50 and 75 %. The "
        "[[encoder]] pushes codes from orange to blue; as soon as they are there, the blue "
        "turns pale."
    )
    if h.latent_dim > 2:
        text += " " + _(
            "The first two of {size} numbers; the ground is what it says where the others are 0."
        ).format(size=h.latent_dim)
    prose(text)


def _draw_maps(run_view: RunView, seen: Sample, draws: np.ndarray) -> None:
    pictures, h = run_view.pictures, _hyperparameters(run_view)
    names, labels = seen.dataset.label_names, np.zeros(len(draws))
    layer = 0
    if h.labels != "unused":
        key = f"adversarial.opinion.class.{seen.dataset.name}"
        layer = choose(_("It is told: this is a …"), dict(enumerate(names)), key)
        labels = priors.parts_in_turn(len(draws), h.num_parts)
    draw = partial(
        code_maps.opinion_map,
        opinion=pictures["discriminator"][layer],
        axis=pictures["axis"],
        class_names=names,
    )
    plots = [
        draw(pictures["codes"][:, :2], seen.labels),
        draw(draws[:, :2], labels, are_examples=False),
    ]
    ground = [epoch_slider.opinion(len(figure["data"]) - 1, layer) for figure in plots]
    live_plots(
        plots,
        key="adversarial.opinion",
        titles=(_("Codes of held-out images"), _("Draws of the prior")),
        alts=(
            _("Codes, coloured by class, over the discriminator's opinion of every place"),
            _("Draws of the prior over the same opinion"),
        ),
        height=430,
        examples=reconstructions.linked(run_view, seen),
        film=(
            run_view.run.id,
            [[*epoch_slider.class_points(seen.labels, 2), ground[0]], [ground[1]]],
        ),
    )


@view(_("Digits that nobody wrote appear here with the first training."), "generated")
def draw_digits(run_view: RunView, seen: Sample, images: np.ndarray) -> None:
    """Draws of the prior, decoded: the run's own, or others once it has ended."""
    pictures, text = st.columns([3, 2], gap="medium")
    h, active = _hyperparameters(run_view), run_view.active
    with text:
        seed = draw_seed_button(
            _("Draw others"), "adversarial.others", "adversarial.draw", disabled=active
        )
        prose(_about_digits(h))
    has_others = bool(seed) and not active
    if has_others:
        parts = priors.parts_in_turn(len(images), h.num_parts)
        draws = priors.draw(h.prior, h.latent_dim, h.num_parts, seed, parts)
        decoded = inference.decode(run_view, draws)
        images = images if decoded is None else decoded
    with pictures:
        vae_views.draw_generated(
            run_view,
            images.reshape(-1, *seen.dataset.shape),
            "adversarial.digits",
            _("Forty images that the decoder makes of draws of the prior"),
            columns=PART_COLUMNS,
            is_redrawn=has_others,
        )


def is_redrawn(view: str) -> bool:
    """Whether other images are on show than those that the film has kept."""
    return view == DIGITS and bool(st.session_state.get("adversarial.draw"))


def _about_digits(h: Any) -> str:
    text = _(
        "Nobody wrote these: draws of the [[prior]], [[decoder|decoded]]. The prior has "
        "{count} equally likely parts, {parts}, and the images go through them in turn."
    ).format(count=h.num_parts, parts=PARTS[h.prior])
    if h.labels != "unused" and h.num_parts == PART_COLUMNS:
        return text + " " + _("Told the labels, each part belongs to one class: a column each.")
    return text


PARTS = {
    "gaussian": _("sectors around the middle"),
    "mixture": _("one Gaussian each"),
    "swiss_roll": _("stretches of the roll, the innermost first"),
}


def draw_contest(run_view: RunView) -> None:
    """The two opponents' losses, how well codes can be told from draws, and how far they are."""
    if not run_view.events:
        st.info(_("The contest appears here with the first training."))
        return
    live_plots(
        _contest_figures(run_view),
        key="adversarial.contest",
        titles=(_("Losses of the opponents"), _("Is the judge right?"), _("Distance to the prior")),
        alts=(
            _("Loss of the encoder as a deceiver and of the discriminator, by epoch"),
            _("Share of held-out codes and draws that the discriminator judges rightly, by epoch"),
            _("Energy distance between held-out codes and the prior, by epoch"),
        ),
        height=300,
        film=(run_view.run.id, [[epoch_slider.EPOCH]] * 3),
    )
    prose(
        _(
            "Two losses that pull against each other need not fall: where nobody can tell codes "
            "from draws, the [[discriminator]] says 0.5 of everything, and both stand at log 2. "
            "What shows whether anything was learned is the [[energy distance]], which no network "
            "computes."
        )
    )


def _contest_figures(run_view: RunView) -> list[style.Figure]:
    events, h = run_view.events, _hyperparameters(run_view)

    def series(part: str, name: str) -> list[float]:
        return [event[part][name] for event in events]

    def level(height: float) -> list[float]:
        return [height] * len(events)

    losses = [
        (_("encoder's"), series("held_out", "generator_loss"), style.AUTOENCODER),
        (_("judge's"), series("held_out", "discriminator_loss"), style.TRAINING),
        (_("a draw: log 2"), level(math.log(2)), style.FAINT),
    ]
    rights = [
        (_("of pairs"), series("diagnostics", "discriminator_auc"), style.AUTOENCODER),
        (_("of single ones"), series("held_out", "discriminator_accuracy"), style.TRAINING),
        (_("guessing"), level(0.5), style.FAINT),
    ]
    distances = [
        (_("codes"), series("diagnostics", "energy_distance"), style.AUTOENCODER),
        (_("chance"), level(chance(h)), style.FAINT),
    ]
    epochs = [event["epoch"] for event in events]
    draw = partial(curve_charts.lines, epochs, x_title=_("epoch"), x_end=h.epochs)
    return [
        draw(losses, y_title=_("loss, nats")),
        draw(rights, y_title=_("share judged rightly")),
        draw(distances, y_title=_("energy distance"), log=True),
    ]


def judge_tells(run_view: RunView) -> int | None:
    """How often the judge is right: 0 if it guesses, 1 if often, 2 if nearly always. None where
    the distance is one that chance alone would give all the same: they contradict each other."""
    area, distance = (image_views.diagnostic(run_view, name) for name in MEASURED[:2])
    diverged = run_view.result is not None and run_view.result["status"] == "diverged"
    if area is None or distance is None or diverged:
        return None
    found = bisect_right(JUDGED, area)
    at_chance = distance < chance(run_view.recipe.hyperparameters)
    return None if found and at_chance else found
