"""Explains technical terms where they appear.

Prose marks a term as [[code]], or as [[code|codes]] where the sentence needs another form. The
reader sees a dotted line; the explanation opens under the mouse, on keyboard focus and on touch,
and screen readers get it as the term's description.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.text.i18n import _, _n


@dataclass(frozen=True)
class Term:
    """A word and what it means, in one or two sentences for a first-year student."""

    name: str
    meaning: str


# fmt: off
TERMS = {
    "activation": Term(_("activation"), _(
        "The function that bends a layer's output, such as ReLU. Without one, several layers can "
        "do no more than a single one.")),
    "adversarial": Term(_("adversarial training"), _(
        "Two networks learn against each other: one tries to tell what is real from what is made, "
        "the other to make what passes for real.")),
    "anomaly": Term(_("anomaly"), _(
        "What is not like the examples that were learned from, such as a broken part among whole "
        "ones.")),
    "AUC": Term(_("AUC"), _(
        "Area under the ROC curve: how often an anomaly has a larger score than a normal example. "
        "0.5: a coin does as well. 1: all are told apart.")),
    "autoencoder": Term(_("autoencoder"), _(
        "A network that learns to copy its input to its output through a bottleneck. What it is "
        "after is not the copy, but the short description in the middle.")),
    "batch": Term(_("batch"), _(
        "The examples that are looked at together for one step of learning.")),
    "arithmetic coding": Term(_("arithmetic coding"), _(
        "A way to write symbols as bits that spends few bits on frequent symbols and many on rare "
        "ones: almost exactly the negative binary logarithm of each symbol's frequency.")),
    "Bernoulli": Term(_("Bernoulli distribution"), _(
        "The law of a coin that shows heads with a given probability. As a likelihood it reads "
        "each output pixel as the probability of white.")),
    "beta": Term(_("beta"), _(
        "The weight of the KL divergence in the loss of a variational autoencoder. At 1 the loss "
        "is the negative variational bound; larger values save information in the code, and lose "
        "detail in the picture.")),
    "bottleneck": Term(_("bottleneck"), _(
        "The narrowest layer. Everything that the decoder knows about an input has passed "
        "through it.")),
    "code": Term(_("code"), _(
        "The few numbers that the encoder makes of one input; all that the decoder gets to see.")),
    "codebook": Term(_("codebook"), _(
        "The list of vectors that a vector-quantised autoencoder may choose from. A code says only "
        "which entry of the list it is.")),
    "commitment": Term(_("commitment"), _(
        "What is added to the loss where the encoder's vectors lie far from the entries that they "
        "chose: it makes the encoder stay with its choices.")),
    "confidence interval": Term(_("confidence interval"), _(
        "A range computed from a few measurements so that, in 95 of 100 such experiments, it "
        "contains the value that infinitely many measurements would give.")),
    "convolution": Term(_("convolution"), _(
        "A layer that looks at every small patch of an image with the same few weights, and says "
        "for each how much it looks like them.")),
    "data augmentation": Term(_("data augmentation"), _(
        "Changing the training examples a little at every step, in ways that leave them what they "
        "are: a digit that has moved by a pixel is the same digit.")),
    "decoder": Term(_("decoder"), _(
        "The second half of an autoencoder: it rebuilds the input from the code.")),
    "disentangled": Term(_("disentangled"), _(
        "A code each of whose dimensions stands for one factor by which the data vary, such as "
        "slant, and for nothing else.")),
    "discriminator": Term(_("discriminator"), _(
        "The network that judges: it is shown codes and draws of the prior, and says how probable "
        "it is that it sees a draw. 0.5 everywhere: it cannot tell them apart.")),
    "divergence": Term(_("divergence of a training"), _(
        "The loss grows from step to step instead of falling, usually because the learning rate "
        "is too large.")),
    "distortion": Term(_("distortion"), _(
        "What is lost when something is stored in fewer bits: here the mean squared error between "
        "the original and what comes back.")),
    "encoder": Term(_("encoder"), _(
        "The first half of an autoencoder: it turns an input into a code.")),
    "energy distance": Term(_("energy distance"), _(
        "How far two clouds of points are apart: twice how much further it is, on average, from a "
        "point of one to a point of the other than between two points of the same cloud. 0 for "
        "equal distributions.")),
    "epoch": Term(_("epoch"), _(
        "One pass through all training examples.")),
    "feature map": Term(_("feature map"), _(
        "What one filter says of every place of an image, laid out like the image.")),
    "filter": Term(_("filter"), _(
        "The few weights with which a convolution looks at every patch.")),
    "fine-tuning": Term(_("fine-tuning"), _(
        "Training further, for another task, what was trained before; all weights may move.")),
    "gate": Term(_("gate"), _(
        "A number between 0 and 1, computed by the network itself, by which another one is "
        "multiplied: how much of it may pass.")),
    "gradient descent": Term(_("gradient descent"), _(
        "Learning in small steps: every weight moves a little in the direction in which the loss "
        "falls fastest.")),
    "Hamming distance": Term(_("Hamming distance"), _(
        "In how many bits two codes differ.")),
    "held-out": Term(_("held-out"), _(
        "Examples kept aside during training. The error on them shows what the network has "
        "understood rather than memorised.")),
    "hyperparameter": Term(_("hyperparameter"), _(
        "A choice made before training, such as the code size or the learning rate. The network "
        "does not learn it.")),
    "Jacobian": Term(_("Jacobian"), _(
        "The table of all slopes: how much each number of the code changes when one pixel does.")),
    "KL divergence": Term(_("KL divergence"), _(
        "How far one distribution is from another, in nats: 0 for equal ones. Here it measures "
        "how far the codes of an input are from the prior.")),
    "latent space": Term(_("latent space"), _(
        "The space of all possible codes. Inputs that the network takes for similar lie close "
        "together in it.")),
    "layer": Term(_("layer"), _(
        "A row of units that work side by side: each adds up its weighted inputs, and an "
        "activation may bend the sum.")),
    "learning rate": Term(_("learning rate"), _(
        "The size of a step of learning. Too small: learning crawls. Too large: the loss jumps or "
        "explodes.")),
    "label": Term(_("label"), _(
        "The class of an example, as somebody has written it down: which digit this is.")),
    "likelihood": Term(_("likelihood"), _(
        "How probable the model makes the data that were really seen. Training makes it large.")),
    "linear probe": Term(_("linear probe"), _(
        "A linear classifier trained on codes that stay as they are. How many classes it tells "
        "shows how plainly the codes say what is in the image.")),
    "loss": Term(_("loss"), _(
        "The one number that training makes small. In an autoencoder it is the reconstruction "
        "error, plus whatever else is asked of the codes.")),
    "mean squared error": Term(_("mean squared error"), _(
        "The difference between output and input, squared and averaged over all numbers. "
        "Large mistakes weigh more than many small ones.")),
    "mixture of Gaussians": Term(_("mixture of Gaussians"), _(
        "A density made of several bell-shaped clouds, each with a middle, a shape and a share.")),
    "nat": Term(_("nat"), _(
        "A unit of information, like the bit but counted with the natural logarithm: "
        "1 nat is about 1.44 bits.")),
    "one-hot": Term(_("one-hot"), _(
        "A class written as numbers: one for each class, all 0 but that of its own, which is 1.")),
    "optimiser": Term(_("optimiser"), _(
        "The rule that turns gradients into steps. Adam, for instance, gives each weight a step "
        "size of its own.")),
    "notebook": Term(_("notebook"), _(
        "A file for Jupyter in which prose and pieces of a program alternate, each with what it "
        "prints.")),
    "overfitting": Term(_("overfitting"), _(
        "Learning the training examples by heart: their error falls on, while that of held-out "
        "examples stands still or rises.")),
    "parameter": Term(_("parameter"), _(
        "A number inside the network that training changes: a weight or a bias.")),
    "PCA": Term(_("PCA"), _(
        "Principal component analysis: finds the flat space of a given dimension that lies closest "
        "to the data, by a formula and without any training.")),
    "perplexity": Term(_("perplexity"), _(
        "How many entries would be as hard to guess if all were used equally often: 1 if it is "
        "always the same one, the size of the codebook at most.")),
    "posterior": Term(_("posterior"), _(
        "The distribution of the codes that could have produced one given input. The encoder of a "
        "variational autoencoder estimates it.")),
    "pre-training": Term(_("pre-training"), _(
        "Training a network for a task that needs no labels, so that it starts better into one "
        "that does.")),
    "principal angle": Term(_("principal angle"), _(
        "How far two planes are turned against each other. 0 degrees: they are the same plane.")),
    "principal component": Term(_("principal component"), _(
        "A direction of the data cloud. The first is its longest stretch, the second its longest "
        "at right angles to the first, and so on.")),
    "prior": Term(_("prior"), _(
        "Which codes are likely before any input is seen. Where codes are pressed into a shape, "
        "it is set beforehand: most often a normal distribution around zero in every direction.")),
    "reconstruction": Term(_("reconstruction"), _(
        "What the decoder makes of a code: the network's copy of the input.")),
    "reconstruction error": Term(_("reconstruction error"), _(
        "How much the output differs from the input. It is zero for a perfect copy.")),
    "recurrent": Term(_("recurrent"), _(
        "Used again at every step of a sequence, with the same weights, and given its own last "
        "result.")),
    "ROC curve": Term(_("ROC curve"), _(
        "For every threshold the share of anomalies that are caught, against the share of normal "
        "examples that raise a false alarm (receiver operating characteristic, from radar).")),
    "saddle": Term(_("saddle"), _(
        "A level place in the loss that is no valley: it falls away on two sides.")),
    "schedule": Term(_("schedule"), _(
        "How the learning rate changes during training. Cosine: it falls smoothly to zero, which "
        "lets the weights settle.")),
    "seed": Term(_("seed"), _(
        "The number from which all chance in a training is drawn. The same seed repeats a run "
        "exactly; another one shows what was luck.")),
    "quantise": Term(_("quantise"), _(
        "To replace a number, or a vector, by the nearest of a few allowed ones.")),
    "softmax": Term(_("softmax"), _(
        "Turns one number per class into probabilities: exponentials, divided by their sum.")),
    "sigmoid": Term(_("sigmoid"), _(
        "The S-shaped activation that turns any number into one between 0 and 1. Far from 0 it is "
        "nearly flat: it saturates.")),
    "sparse": Term(_("sparse"), _(
        "Mostly zero. A sparse code describes each input with a few of many units; which ones, "
        "differs from input to input.")),
    "straight-through": Term(_("straight-through gradient"), _(
        "Where a step has no slope of its own, such as choosing the nearest entry, learning "
        "pretends that it changed nothing and hands the gradient on as it is.")),
    "state": Term(_("state"), _(
        "What a recurrent layer carries from one step to the next: all that it knows of what it "
        "has read.")),
    "training set": Term(_("training set"), _(
        "The examples that the network learns from.")),
    "variance": Term(_("variance"), _(
        "How widely numbers are spread: the mean squared distance from their mean.")),
    "variational autoencoder": Term(_("variational autoencoder"), _(
        "An autoencoder whose codes are small clouds, pressed into one known shape, so that any "
        "point drawn from that shape can be decoded.")),
    "variational bound": Term(_("variational bound"), _(
        "A lower bound on how probable the model makes the data. It can be computed where the "
        "probability itself cannot, so it is what a variational autoencoder trains on.")),
    "weight": Term(_("weight"), _(
        "A number by which a unit multiplies one of its inputs. Training changes it.")),
    "Wiener filter": Term(_("Wiener filter"), _(
        "The linear map from damaged to whole images whose mean squared error is the smallest. It "
        "follows by a formula from the means and covariances of images and noise.")),
}
# fmt: on

_MARK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]]+))?\]\]")
_USED = "glossary.used"


def begin() -> None:
    """Starts a page: forgets the last one's terms. Belongs to the frame of every page."""
    st.session_state[_USED] = set()
    st.html(_style())
    st.html(script(), unsafe_allow_javascript=True)


def prose(text: str) -> None:
    """Draws Markdown in which [[term]] and [[term|shown words]] are explained.

    Raises:
        KeyError: If a term is not in `TERMS`.
    """
    used = st.session_state.setdefault(_USED, set())
    used.update(terms_in(text))
    st.markdown(marked(text), unsafe_allow_html=True)


def terms_in(text: str) -> list[str]:
    """The keys of the terms marked in a text, in order."""
    return [key for key, _shown in _MARK.findall(text)]


def marked(text: str) -> str:
    """Markdown with HTML for every marked term.

    Raises:
        KeyError: If a term is not in `TERMS`.
    """
    page_wide = zlib.crc32(text.encode())  # two paragraphs may explain the same term
    return _MARK.sub(lambda found: _term_html(found, f"{page_wide}-{found.start()}"), text)


def plain(text: str) -> str:
    """The text without its marks, for places that show no HTML."""
    return _MARK.sub(lambda found: found[2] or found[1], text)


def _term_html(found: re.Match, place: str) -> str:
    key, shown = found[1], found[2] or found[1]
    if key not in TERMS:
        raise KeyError(
            f"{key!r} is not in the glossary (dashboard/components/glossary/glossary.py)"
        )
    name = f"glossary-{place}"
    return (
        f'<dfn class="glossary-term" tabindex="0" aria-describedby="{name}">{_literal(shown)}'
        f'<span role="tooltip" id="{name}">{_literal(TERMS[key].meaning)}</span></dfn>'
    )


def _literal(text: str) -> str:
    """Text for HTML inside Markdown: what either would interpret becomes a character code."""
    escaped = html.escape(text)
    return re.sub(r"[*_$`\[\]~:\\|]", lambda found: f"&#{ord(found[0])};", escaped)


def draw(keys: Iterable[str] | None = None) -> None:
    """Lists terms alphabetically: those used on the page so far, or the given ones."""
    keys = st.session_state.get(_USED, ()) if keys is None else keys
    terms = sorted((TERMS[key] for key in keys), key=lambda term: term.name.casefold())
    if terms:
        label = _n("Glossary: {count} word", "Glossary: {count} words", len(terms))
        with st.expander(label.format(count=len(terms)), icon=":material/dictionary:"):
            rows = "".join(
                f"<dt>{html.escape(term.name)}</dt><dd>{html.escape(term.meaning)}</dd>"
                for term in terms
            )
            st.html(f'<dl class="glossary-list">{rows}</dl>')


@cache
def script() -> str:
    """The element with what closes bubbles; the server's policy allows this very text."""
    return f"<script>{Path(__file__).with_name('glossary.js').read_text('utf-8')}</script>"


@cache
def _style() -> str:
    css = Path(__file__).with_name("glossary.css").read_text("utf-8")
    return f"<style>{css}</style>"
