"""What every lesson offers a class: a guess, a glossary, large text, a worksheet, translatable
sentences. Pages are run headless over a real training process."""

import ast
import dataclasses
import datetime
import html
import re
from html.parser import HTMLParser

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.glossary import glossary
from dashboard.components.plots import plots
from dashboard.lesson import prediction, worksheet
from dashboard.runs.run_view import RunView
from dashboard.session import appearance
from dashboard.text import i18n as text
from models.autoencoders import registry
from models.runs.recipe import Recipe
from tests.support.pages import open_page, wait_for_end
from tests.support.places import REPOSITORY

PAGES = sorted((REPOSITORY / "pages").glob("*.py"))
TRANSLATED = [*PAGES, *sorted((REPOSITORY / "dashboard").rglob("*.py"))]

pytestmark = pytest.mark.pages

HOSTILE = "</style><script src='https://evil.example/x.js'></script>\"'&"


def open_linear(**query):
    return open_page("linear.py", **query)


def button(page, name):
    (found,) = [one for one in page.button if one.key == f"linear.{name}"]
    return found


def shown(page):
    """All Markdown of a page in one text, without HTML."""
    return re.sub("<[^>]*>", "", "\n".join(one.value for one in page.markdown))


def train(page, dispatcher):
    page.segmented_control(key="linear.pace").set_value(0).run()
    button(page, "train").click().run()
    run = wait_for_end(dispatcher, page.session_state["choices.linear"].recipe)
    page.run()
    assert not page.exception
    return run


def test_what_is_set_right_before_the_click_is_trained(dispatcher, monkeypatch):
    """The button was drawn for other settings: the page had no time to be drawn anew."""
    page, asked = open_linear(seed="309"), []

    def submit(recipe, at_least_seconds, **wish):
        asked.append((recipe.hyperparameters.seed, at_least_seconds))
        return recipe.run_id()

    monkeypatch.setattr(dispatcher, "submit", submit)
    for seed, pace in ((309, 0), (310, 120)):
        (field,) = [one for one in page.number_input if one.label == "Seed"]
        field.set_value(seed)
        page.segmented_control(key="linear.pace").set_value(pace)
        button(page, "train").click().run()
        (field,) = [one for one in page.number_input if one.label == "Seed"]
        assert not page.exception and asked[-1] == (seed, pace) and field.value == seed


# Predict, then check


def guess(page, option):
    (radio,) = page.radio
    radio.set_value(option).run()
    button(page, "guess.commit").click().run()
    assert not page.exception


def test_a_guess_is_committed_before_training_and_the_run_answers(dispatcher):
    page = open_linear(seed="301", epochs="300")
    assert button(page, "guess.commit").disabled
    guess(page, 0)
    assert "You guess: **smaller**. The run will tell." in shown(page)
    train(page, dispatcher)
    assert "You guessed **smaller**, the run says **equal, within 1 %**" in shown(page)
    assert not page.radio


def test_a_right_guess_is_told_so_and_an_undertrained_network_is_worse_than_pca(dispatcher):
    page = open_linear(seed="302", epochs="3")
    guess(page, 2)
    train(page, dispatcher)
    assert "You guessed **larger**, and so it is." in shown(page)


def test_a_diverged_run_answers_too(dispatcher):
    page = open_linear(seed="303", optimizer="sgd", learning_rate="10")
    guess(page, 2)
    train(page, dispatcher)
    assert "You guessed **larger**, and so it is." in shown(page)


def test_nobody_has_to_guess(dispatcher):
    page = open_linear(seed="304", epochs="20")
    train(page, dispatcher)
    assert "You guess" not in shown(page)
    # The answer stands on the page: the next configuration is guessed about.
    assert not page.radio and "This run has told already." in shown(page)
    page.number_input[-1].set_value(307).run()
    guess(page, 0)


def test_another_configuration_can_be_guessed_anew_and_the_old_guess_is_kept(dispatcher):
    page = open_linear(seed="305")
    guess(page, 0)
    page.number_input[-1].set_value(306).run()
    assert not page.radio
    button(page, "guess.again").click().run()
    guess(page, 1)
    assert list(page.session_state["guesses.linear"].values()) == [0, 1]
    button(page, "undo").click().run()
    assert "You guess: **smaller**" in shown(page)
    button(page, "guess.change").click().run()
    assert "You guess:" not in shown(page)


def test_a_prediction_explains_all_of_its_options_or_none_apart():
    with pytest.raises(ValueError, match="2 options, but 1 explanations"):
        prediction.Prediction("?", ("a", "b"), lambda run_view: 0, ("because",))
    assert (
        prediction.Prediction("?", ("a", "b"), lambda run_view: 0, "always").reason(1) == "always"
    )


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_no_verdict_before_the_end(state):
    asked = prediction.Prediction("?", ("a", "b"), lambda run_view: 1, "")
    run_view = RunView(None, None, state, 0, [{"epoch": 0}], {}, {}, {"status": "stopped"})
    assert asked.verdict(run_view) is None
    assert asked.verdict(dataclasses.replace(run_view, state="stopped")) == 1
    assert asked.verdict(dataclasses.replace(run_view, state="failed", result=None)) is None


# Glossary


def test_a_marked_term_is_explained_and_reachable_by_keyboard():
    text = glossary.marked("The **[[code]]** and [[code|codes]].")
    assert text.count('tabindex="0"') == 2
    names = re.findall(r'id="([^"]+)"', text)
    assert len(set(names)) == 2 and names == re.findall(r'aria-describedby="([^"]+)"', text)
    assert html.escape(glossary.TERMS["code"].meaning) in text and ">codes<" in text
    assert glossary.plain("The [[code|codes]] of [[PCA]]") == "The codes of PCA"


def test_what_a_term_shows_is_taken_literally():
    text = glossary.marked("[[code|<b>$x_1$*]]")
    assert "<b>" not in text and "$" not in text and "*" not in text


def test_unknown_terms_are_an_error():
    with pytest.raises(KeyError, match="cod"):
        glossary.marked("[[cod]]")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_all_terms_that_a_page_marks_exist(path):
    # The text of the file, because some sentences appear only after a training.
    literals = [node.value for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    for key in [key for literal in literals for key in glossary.terms_in(literal)]:
        assert key in glossary.TERMS


def test_every_explanation_is_short_and_a_sentence():
    for key, term in glossary.TERMS.items():
        assert len(term.meaning) < 240, key
        assert term.meaning[0].isupper() or term.meaning[0].isdigit(), key
        assert term.meaning.endswith("."), key


def test_the_page_lists_its_own_terms_alphabetically(dispatcher):
    page = open_linear()
    (listed,) = [one for one in page.expander if "Glossary" in one.label]
    used = sorted(page.session_state["glossary.used"], key=str.casefold)
    assert listed.label == f"Glossary: {len(used)} words" and {"code", "PCA"} <= set(used)


# Large text


def test_large_text_enlarges_letters_and_the_room_for_them_alike():
    axis = {"title": {"standoff": 8, "font": {"size": 12}}, "tickfont": {"size": 11}}
    figure = {
        "data": [{"x": [1, 2], "y": [3, 4], "marker": {"size": 7}}],
        "layout": {
            "font": {"size": 14},
            "margin": {"l": 10, "autoexpand": True},
            "annotations": [{"text": "end", "xshift": -4, "font": {"size": 10}}],
            "xaxis": axis,
        },
    }
    large = plots._with_large_text(figure, 20 / 14)
    layout = large["layout"]
    assert layout["font"]["size"] == 20 and layout["margin"] == {"l": 14, "autoexpand": True}
    assert layout["annotations"][0]["xshift"] == -6
    assert layout["annotations"][0]["font"]["size"] == 14
    assert layout["xaxis"]["title"] == {"standoff": 11, "font": {"size": 17}}
    assert layout["xaxis"]["tickfont"]["size"] == 16
    assert large["data"][0]["marker"]["size"] == 7


def test_the_switch_raises_the_size_that_the_page_is_measured_in():
    def html_of(page):
        return " ".join(str(one.proto) for one in page.get("html"))

    page = AppTest.from_file(
        str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60
    ).run()
    assert "font-size: 24px" not in html_of(page)
    page.toggle(key=appearance.LARGE_TEXT).set_value(True).run()
    assert not page.exception and "font-size: 24px" in html_of(page)


# Worksheet


class Tags(HTMLParser):
    """Collects tags and attributes, and what closes wrongly."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _value in attributes]


def paper(**changes):
    terms = {"reconstruction_mse": 0.0123456, "kl_nats": 7.0, "total": 123.456}
    event = {"epoch": 1500, "train": terms, "held_out": terms}
    result = {"seconds": 3.21, "device": "CPU", "pca": {"train": 0.011, "held_out": 0.012}}
    run = worksheet.Figures("This run", [("Seed", "7")], result, event)
    arguments = {
        "title": "A lesson",
        "questions": [worksheet.Question("Before", "Which?", ("left", "right"), 1, 0)],
        "figures": [run],
        "query": "seed=7&epochs=1500",
        "date": datetime.date(2026, 1, 2),
    }
    return worksheet.build(**arguments | changes)


def test_the_worksheet_shows_questions_guess_and_figures():
    text = paper()
    for part in ("A lesson", "Which?", "☐ left", "☒ right", "The run says: left", "Seed 7",
                 "1,500 epochs", "3.2 s", "on CPU", "0.01235", "123.46", "0.01100", "0.01200",
                 "2026-01-02", "?seed=7&amp;epochs=1500"):  # fmt: skip
        assert part in text, part


def test_the_worksheet_needs_nothing_from_elsewhere_and_runs_nothing():
    tags = Tags(paper())
    assert not {"script", "link", "img", "iframe", "object"} & set(tags.tags)
    assert not {"src", "href", "onload", "onclick"} & set(tags.attributes)
    assert "url(" not in paper() and "@import" not in paper() and "//" not in paper()


def test_the_worksheet_escapes_everything():
    run = worksheet.Figures(
        HOSTILE,
        [(HOSTILE, HOSTILE)],
        {"message": HOSTILE, "device": HOSTILE, "seconds": 1.0},
        {"epoch": 1, "train": {HOSTILE: 1.0}, "held_out": {}},
    )
    question = worksheet.Question(HOSTILE, HOSTILE, (HOSTILE, HOSTILE), 0, 1)
    text = paper(title=HOSTILE, questions=[question], figures=[run], query=HOSTILE)
    assert "<script" not in text and text.count("</style>") == 1
    assert text.count("&lt;script") >= 10


def test_the_worksheet_of_a_page_has_the_numbers_of_its_stored_run(dispatcher):
    type = registry.by_name("linear")
    recipe = Recipe(type, type.preset("ours").replace(seed=307, epochs=30))
    dispatcher.submit(recipe)
    result = wait_for_end(dispatcher, recipe).result()
    page = open_linear(seed="307", epochs="30")
    (figures,) = worksheet.figures_of([recipe, recipe])
    text = paper(figures=[figures])
    for part in ("train", "held_out"):
        assert f"{result[part]['reconstruction_mse']:.5f}" in text
        assert f"{result['pca'][part]:.5f}" in text
    assert ("Seed", "307") in figures.settings and "30 epochs" in text
    offered = [one.proto.label for one in page.get("download_button")]
    assert "Worksheet (print)" in offered


def test_a_loss_of_one_term_is_listed_once():
    terms = {"reconstruction_mse": 0.5, "total": 0.5}
    event = {"epoch": 1, "train": terms, "held_out": terms}
    text = paper(figures=[worksheet.Figures("This run", [], None, event)])
    assert text.count("0.50000") == 2 and "loss, all together" not in text


def test_a_worksheet_before_any_training_says_so():
    assert "Nothing trained yet" in paper(figures=[])


# Translation


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_sentences_are_marked_as_literals(path):
    """So that xgettext or pybabel can extract them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
            (argument,) = node.args
            literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            # What models/ declare is translated where it is drawn.
            name = isinstance(argument, (ast.Attribute, ast.Name, ast.Subscript))
            assert literal or name, f"{path.name}:{node.lineno}"


TEXTS = {"title", "header", "subheader", "markdown", "caption", "prose", "button", "error",
         "warning", "info", "toggle", "radio", "slider", "selectbox"}  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_sentence_of_a_page_is_left_unmarked(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            literal = (
                isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value
            )
            bare = name in TEXTS and (literal or isinstance(first, ast.JoinedStr))
            assert not bare, f"{path.name}:{node.lineno}: {name}(...) without _()"


def test_without_a_catalogue_a_sentence_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "de")
    assert text._("Train") == "Train" and text._("") == ""
