"""Compare: any stored runs side by side, in errors, bits, pictures and classes."""

import streamlit as st

from dashboard.catalogue import lessons
from dashboard.comparison import selection, side_by_side
from dashboard.components.glossary import glossary
from dashboard.lesson import equations, frame
from dashboard.lesson.source import show_source
from dashboard.session import appearance
from dashboard.text.i18n import _

glossary.begin()
appearance.draw_title(_("Compare runs"))
glossary.prose(
    _(
        "Two networks, two errors: which is better? The one with the smaller error may have kept "
        "more numbers of every image. So put both on one scale: what is lost, the "
        "**[[distortion]]**, against what is kept, in **bits**. Then [[PCA]] and even a JPEG file "
        "can be asked the same question."
    )
)
if frame.is_served():
    recipes = selection.choose()
    if recipes:
        side_by_side.draw(recipes)
    else:
        selection.draw_empty()

st.header(_("How many bits does a code take?"), divider=True)
glossary.prose(
    _(
        "A [[code]] is a list of numbers, and numbers on a computer are 32 bits long by habit, not "
        "by need. So each number $z_j$ is **rounded** to one of $2^b$ values. Values that occur "
        "often get short names and rare ones long names ([[arithmetic coding]]): with the "
        "frequencies $p_j$ of the [[training set]], an image costs"
    )
)
st.latex(r"R = \sum_{j} -\log_2 p_j(\hat{z}_j) \ \text{bits} \qquad\qquad "
         r"\mathrm{MSE} = \frac{1}{d} \lVert x - g(\hat{z}) \rVert^2")  # fmt: skip
glossary.prose(
    _(
        "where $\\hat{z}$ is the rounded code and $g$ the [[decoder]]. Finer rounding costs more "
        "bits and loses less: that is the curve of each run. Names and frequencies are learned "
        "from training images and paid for on [[held-out]] ones."
    )
)
show_source("models/evaluation/rate_distortion.py", "Quantizer.table", "code_curve")

st.header(_("What to notice"), divider=True)
glossary.prose(
    _(
        "- Rounding is nearly free at first: look for the point of each curve where it leaves its "
        "lowest level. So few of the 32 bits of a number mattered; the rest was habit.\n"
        "- The smaller error is not the better network. Compare each curve with that of [[PCA]] at "
        "the same bits: it may need fewer of them for the same error.\n"
        "- JPEG knows nothing of digits. A network can do nothing else than digits, and its "
        "weights travel beside every code.\n"
        "- A network's curve ends level: however fine the rounding, the [[bottleneck]] has lost "
        "what it has lost. PCA and JPEG go on, to any error that one is willing to pay for.\n"
        "- A table can mislead: a denoising run records its error on noisy images, and the chart "
        "shows it on clean ones."
    )
)
glossary.draw()
equations.draw_symbols(lessons.by_name("compare").path)
