"""Compare: any stored runs side by side, in errors, bits, pictures and classes."""

import streamlit as st

from dashboard import appearance, comparison, glossary, lesson, selection
from dashboard.source import show_source
from dashboard.text import _

glossary.begin()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title(_("Compare"), width="stretch")
    appearance.draw_switch()
glossary.prose(
    _(
        "Two networks, two errors: which is better? The one with the smaller error may have kept "
        "more numbers of every image. So put both on one scale: what is lost, the "
        "**[[distortion]]**, against what is kept, in **bits**. Then [[PCA]] and even a JPEG file "
        "can be asked the same question."
    )
)
if lesson.is_served():
    recipes = selection.choose()
    if recipes:
        comparison.draw(recipes)
    else:
        selection.draw_empty()

st.header(_("How many bits has a code?"), divider=True)
glossary.prose(
    _(
        "A [[code]] is a list of numbers, and numbers on a computer are 32 bits long by habit, not "
        "by need. So each number $z_j$ is **rounded** to one of $2^b$ values. Values that occur "
        "often get short names and rare ones long names ([[arithmetic coding]]): with the "
        "frequencies $p_j$ of the [[training set]], an image costs"
    )
)
st.latex(r"R = \sum_{j} -\log_2 p_j(\hat{z}_j) \ \text{bits} \qquad\qquad "
         r"D = \tfrac{1}{784} \lVert x - g(\hat{z}) \rVert^2")  # fmt: skip
glossary.prose(
    _(
        "where $\\hat{z}$ is the rounded code and $g$ the [[decoder]]. Finer rounding costs more "
        "bits and loses less: that is the curve of each run. Names and frequencies are learned "
        "from training images and paid for on [[held-out]] ones."
    )
)
show_source("models/distortion.py", "Quantizer.table", "code_curve")
glossary.draw()
