"""Lesson: a linear autoencoder finds the plane of principal component analysis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard.claims import start_here as claims
from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary import glossary
from dashboard.components.metric_row.metric_row import Metric, follow, value_text
from dashboard.components.plots.plots import live_plots
from dashboard.figures import code_maps, curve_charts, point_clouds, style
from dashboard.lesson import history
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views
from models.data import datasets, loading
from models.evaluation import pca

EXPERIMENTS = (
    Experiment(
        _("One number per point"),
        claims.LINE,
        _("Only one number may pass. What does the plane become, and which direction survives?"),
        _(
            "The plane shrinks to a line along the longest stretch of the cloud: the first "
            "[[principal component]]. {loses} On the training points the squared distance grows "
            "by exactly the [[variance]] along the direction that was given up."
        ).format(loses=claims.ONE_NUMBER),
    ),
    Experiment(
        _("A rolled-up sheet"),
        claims.ROLLED_UP,
        _("The Swiss roll is a flat sheet, rolled up. Can the network unroll it into two numbers?"),
        _(
            "No. A linear network can only cast a shadow: points far apart on the sheet land on "
            "top of each other. {alike} Unrolling takes bends, called "
            "[[activation|activations]], between the [[layer|layers]]."
        ).format(alike=claims.SHEET_STAYS_ROLLED),
    ),
    Experiment(
        _("Steps too large"),
        claims.LARGE_STEPS,
        _("Gradient descent with a learning rate of 10. How many steps until it falls over?"),
        _(
            "Each step of [[gradient descent]] overshoots the valley and lands higher on the other "
            "side. There the slope is steeper: two matrices are multiplied and the error is "
            "squared, so far out the [[loss]] grows like the fourth power of the weights. The next "
            "jump is not a little but many orders of magnitude wider. {falls} The button offers a "
            "better [[learning rate]]."
        ).format(falls=claims.FALLS_OVER),
    ),
)


NAME_LENGTH = 12

"""Letters of a column's name beside an axis."""


@dataclass(frozen=True)
class View:
    """How points of any number of columns become points in space: minus `origin` [columns], along
    `directions` [3, columns], which the axes' `names` tell."""

    origin: np.ndarray
    directions: np.ndarray
    names: tuple[str, ...]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return (points - self.origin) @ self.directions.T

    def of_plane(self, origin: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self(origin), basis @ self.directions.T


def view_of(dataset: datasets.Dataset, components: pca.PCA) -> View:
    """Three columns as they are, two of them flat, more along three principal components."""
    names, size = dataset.column_names, len(dataset.column_names)
    if size > 3:
        return View(components.mean, components.components[:3], ("PC 1", "PC 2", "PC 3"))
    short = [name[:NAME_LENGTH] for name in names]
    return View(np.zeros(size), np.eye(3, size), (*short, "")[:3])


def draw_space(run_view: RunView, examples: datasets.Data, components: pca.PCA) -> None:
    """The cloud, the two planes, and the two-number code of every point."""
    size, count = run_view.recipe.hyperparameters.latent_dim, len(components.mean)
    view = view_of(examples.dataset, components)
    figures = space_figures(run_view.pictures, size, examples, components, view)
    edits: list = [[], [], []]
    if run_view.pictures:
        edits = space_edits(figures[0], size, view(examples.train), colours_of(examples), view)
    for small in figures[1:] if not examples.dataset.num_labels else ():
        small["layout"]["showlegend"] = False  # their titles say it
    live_plots(
        figures,
        key="linear.space",
        titles=(
            _("Data, and the planes"),
            _("Codes: {size} of {all} numbers; ◇ PCA").format(size=size, all=count),
            _("◆ Rebuilt, and what was lost"),
        ),
        alts=(
            _(
                "Points in space with the plane that the decoder reaches, filled, and the plane of "
                "PCA, a wire grid"
            ),
            _("The {size}-dimensional codes of the points, those of PCA as open symbols").format(
                size=size
            ),
            _("Points in space, each joined by a line to its reconstruction"),
        ),
        height=(430, 180, 180),
        lead=True,
        film=(run_view.run.id, edits),
    )
    if count > 3:
        share = components.variances[:3].sum() / components.variances.sum()
        st.caption(
            _(
                "Your data have {count} columns. What is drawn in space is their shadow along "
                "the first three principal components (PC 1 to 3), which keep {share:.1%} of their "
                "variance; the network sees all columns, and errors count all of them."
            ).format(count=count, share=share)
        )


def space_figures(
    pictures: dict, size: int, examples: datasets.Data, components: pca.PCA, view: View
) -> list[style.Figure]:
    """The cloud with both planes, the codes, and the cloud with its reconstruction."""
    points, colours = view(examples.train), colours_of(examples)
    plane = rebuilt = None
    if pictures:
        plane = view.of_plane(pictures["plane_origin"], pictures["plane_basis"])
        rebuilt = view(pictures["reconstructions"])
    return [
        point_clouds.points_3d(
            points,
            colours,
            pca_plane=view.of_plane(components.mean, components.components[:size]),
            plane=plane,
            names=view.names,
        ),
        code_maps.codes_2d(
            pictures.get("codes", np.empty((0, size))),
            colours if pictures else colours[:0],
            components.encode(examples.train, size),
            class_names=examples.dataset.label_names,
        ),
        point_clouds.points_3d(
            points,
            colours,
            rebuilt,
            residuals=True,
            ranges=point_clouds.cube_ranges(points),
            names=("", "", ""),  # it turns with the large one, which has them
        ),
    ]


def colours_of(examples: datasets.Data) -> np.ndarray:
    """What tells training points apart: their classes, or their places."""
    has_classes = examples.dataset.num_labels
    return examples.train_labels if has_classes else examples.train_position


def space_edits(
    space: style.Figure, size: int, points: np.ndarray, colours: np.ndarray, view: View
) -> list:
    """What a stored epoch changes in the figures of `draw_space`."""
    along = epoch_slider.projection(view.origin, view.directions)
    rebuilt = [
        epoch_slider.points(1, 3, "reconstructions", projection=along),
        epoch_slider.segments(2, projection=along),
    ]
    classes = colours if colours.dtype.kind == "i" else np.zeros(len(colours), int)
    plane = epoch_slider.plane(space, point_clouds.cube_ranges(points), projection=along)
    return [plane, epoch_slider.class_points(classes, size), rebuilt]


def list_metrics(run_view: RunView, floor: dict[str, float]) -> list[Metric]:
    """Each recorded epoch beside PCA."""
    help = _(
        "Mean squared error per coordinate, after scaling to variance 1. Lower is better; on the "
        "training points no plane has a lower one than PCA's."
    )

    def read_angle(event: Mapping[str, Any] | None) -> tuple[str, str]:
        degrees = event["diagnostics"]["principal_angle_degrees"] if event else None
        return "–" if degrees is None else f"{degrees:.2f}°", _("0° is the same plane")

    def read(part: str) -> Callable[[Mapping[str, Any] | None], tuple[str, str]]:
        def texts(event: Mapping[str, Any] | None) -> tuple[str, str]:
            value = event[part]["reconstruction_mse"] if event else None
            return value_text(value, ".5f"), f"PCA {floor[part]:.5f}"

        return texts

    return [
        follow(
            run_view,
            _("Angle to PCA"),
            read_angle,
            _(
                "The largest principal angle between what the decoder reaches and the span of as "
                "many principal components; at 90° a direction is missed altogether."
            ),
        ),
        follow(run_view, _("Training error"), read("train"), help),
        follow(run_view, _("Held-out error"), read("held_out"), help),
    ]


def draw_curves(run_view: RunView, floor: dict[str, float]) -> None:
    """How error and angle fell while the network learned."""
    epochs = run_view.recipe.hyperparameters.epochs
    error = curve_charts.loss_curves(
        run_view.events,
        term_label=_("mean squared error"),
        pca=floor,
        earlier=history.earlier_runs(chosen, "reconstruction_mse"),
        log_epochs=True,
        target_epochs=epochs,
    )
    angle = curve_charts.angle_curve(run_view.events, log_epochs=True, target_epochs=epochs)
    live_plots(
        [error, angle],
        key="linear.curves",
        titles=(_("Error while learning: lower is better"), _("Angle between the planes")),
        alts=(
            _("Training and held-out error by epoch, with the error of PCA as a floor"),
            _("Angle between the autoencoder's plane and that of PCA by epoch"),
        ),
        height=230,
        film=(run_view.run.id, [[epoch_slider.EPOCH], [epoch_slider.EPOCH]]),
    )
    history.draw_clear(chosen, "reconstruction_mse")


def compared_with_pca(run_view: RunView) -> int:
    """Which answer of `PREDICTION` the run found true."""
    if run_view.result["status"] == "diverged":
        return 2
    error, best = run_view.events[-1]["held_out"]["reconstruction_mse"], floor["held_out"]
    if abs(error - best) <= max(0.01 * best, 0.000005):  # less than the page's digits show
        return 1
    return 0 if error < best else 2


PREDICTION = Prediction(
    _("How large will the held-out error be, compared with PCA's?"),
    (_("smaller"), _("equal, within 1 %"), _("larger")),
    compared_with_pca,
    (
        _(
            "PCA's plane is the best one for the training points; points that were held out may "
            "by chance lie a little closer to another."
        ),
        _(
            "Whatever the network does, its copies lie in a plane, and no plane has a smaller "
            "error on the training points than PCA's. Training has found that plane, so the two "
            "agree on points that were held out, too."
        ),
        _(
            "The network has not arrived at PCA's plane: either it needed more epochs, or its "
            "steps were too small or too large."
        ),
    ),
)

page = Page(
    "linear",
    _("The linear autoencoder"),
    _(
        "Squeeze every point of a cloud through **two numbers**, its **[[code]]**, and rebuild it "
        "from them. Nobody tells the network which two: it looks for the flat sheet that lies best "
        "in the cloud. Statisticians have had a way to compute one since 1901, "
        "**[[PCA|principal component analysis]]**. Which comes closer?"
    ),
    EXPERIMENTS,
    PREDICTION,
    pace=8,
).open()
chosen = page.chosen

h = chosen.recipe.hyperparameters

examples = loading.load(**h.data_arguments)

components = pca.fit(examples.train)

floor = {
    "train": components.error(examples.train, h.latent_dim),
    "held_out": components.error(examples.held_out, h.latent_dim),
}


def draw(run_view: RunView) -> None:
    """The slider of epochs, both clouds, and the curves."""
    image_views.draw_film(chosen, run_view)
    draw_space(run_view, examples, components)
    draw_curves(run_view, floor)


page.train(lambda run_view: list_metrics(run_view, floor), draw)


def explain() -> None:
    """The idea in three equations."""
    glossary.prose(
        _(
            "The **[[encoder]]** turns each point into a code, the **[[decoder]]** turns each "
            "code back into a point. Both are one matrix and a shift; the numbers in them are the "
            "[[parameter|parameters]] that training finds:"
        )
    )
    st.latex(r"z = W x + b \qquad\qquad \hat{x} = V z + c")
    glossary.prose(
        _(
            "All that the network is asked for is a small distance between input and output, the "
            "[[mean squared error]]:"
        )
    )
    st.latex(r"L = \frac{1}{d\,n} \sum_{i=1}^{n} \lVert x_i - \hat{x}_i \rVert^2")
    glossary.prose(
        _(
            "Whatever the codes are, the outputs lie in the plane that the columns of $V$ span. "
            "The best plane is the one through the middle of the cloud along its first [[principal "
            "component|principal components]]. This [[loss]] has no other minimum: every other "
            "place where it is level is a [[saddle]] ([Baldi and Hornik, "
            "1989](https://doi.org/10.1016/0893-6080(89)90014-2)). The *plane* is determined, the "
            "*axes* in it are not: compare the two sets of codes above. One set can be "
            "rotated and stretched into the other, and both rebuild the same points."
        )
    )
    show_source("models/autoencoders/linear/model.py", "LinearAutoencoder")


page.close(
    _(
        "- The filled plane turns until it lies in the wire grid: the [[principal angle]] between "
        "the two is 0. Then the error has reached the dashed line, and no further training "
        "helps.\n"
        "- {plane} Other seeds give other codes in the same plane.\n"
        "- All data are scaled with the mean and the deviation of the *training* points. The "
        "article that this lesson starts from fits its scaler once more on the test points, so "
        "that each set is measured with a ruler of its own; [[held-out]] errors are then not "
        "comparable."
    ).format(plane=claims.PLANE_OF_PCA),
    {_("The idea in three equations"): explain},
    has_step=True,
)
