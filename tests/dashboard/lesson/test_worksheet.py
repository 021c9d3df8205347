"""The worksheet: what stands on it, and that it needs nothing from elsewhere."""

import base64
import datetime
import io
import json
from html.parser import HTMLParser

import pytest
from PIL import Image

from dashboard.lesson import worksheet
from tests.support.pages import open_page, wait_for_end, with_key
from tests.support.recipes import make_recipe

HOSTILE = "</style><script src='https://evil.example/x.js'></script>\"'&"


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
        "questions": [worksheet.Question("Before", "Which?", "Guess:", ("left", "right"), 1, 1, 0)],
        "figures": [run],
        "query": "seed=7&epochs=1500",
        "date": datetime.date(2026, 1, 2),
    }
    return worksheet.build(**arguments | changes)


def test_the_worksheet_shows_questions_guess_and_figures():
    text = paper()
    for part in ("A lesson", "Which?", "☐ left", "☒ right", "What I saw: right",
                 "The run says: left", "Seed 7",
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
    question = worksheet.Question(HOSTILE, HOSTILE, HOSTILE, (HOSTILE, HOSTILE), 0, 1, 1)
    text = paper(title=HOSTILE, questions=[question], figures=[run], query=HOSTILE)
    assert "<script" not in text and text.count("</style>") == 1
    assert text.count("&lt;script") >= 10


@pytest.mark.pages
def test_the_worksheet_of_a_page_has_the_numbers_of_its_stored_run(dispatcher):
    recipe = make_recipe("linear", seed="307", epochs="30")
    dispatcher.submit(recipe)
    result = wait_for_end(dispatcher, recipe).result()
    page = open_page("linear.py", seed="307", epochs="30")
    (figures,) = worksheet.figures_of([recipe, recipe], recipe)
    assert figures.title == "This run" and not figures.picture
    text = paper(figures=[figures])
    for part in ("train", "held_out"):
        assert f"{result[part]['reconstruction_mse']:.5f}" in text
        assert f"{result['pca'][part]:.5f}" in text
    assert ("Seed", "307") in figures.settings and "30 epochs" in text
    (offered,) = [one.proto for one in page.get("bidi_component") if "worksheet" in one.proto.id]
    assert json.loads(offered.json) == {
        "label": "Print my results", "page": "", "number": 0, "file": "linear.html"
    }, "made when it is asked for"  # fmt: skip
    page.session_state["linear.worksheet.asked"] = True
    page.run()
    (offered,) = [one.proto for one in page.get("bidi_component") if "worksheet" in one.proto.id]
    made = json.loads(offered.json)
    assert "Angle to PCA: <b>" in made["page"], "what the page shows large"
    assert made["number"] == 1 and "<h2>Questions</h2>" in made["page"]
    assert f"{result['train']['reconstruction_mse']:.5f}" in made["page"]


@pytest.mark.pages
def test_guesses_readings_and_answers_stand_on_the_worksheet(dispatcher, monkeypatch):
    made = []
    monkeypatch.setattr(worksheet, "build", lambda *parts: made.append(parts) or "")
    monkeypatch.setattr(worksheet, "print_button", lambda label, make, *rest: make())
    page = open_page("linear.py")
    page.segmented_control(key="linear.step").set_value(1).run()
    page.radio[0].set_value(2).run()
    page.segmented_control(key="linear.pace").set_value(0).run()
    with_key(page.button, "linear.train").click().run()
    wait_for_end(dispatcher, page.session_state["choices.linear"].recipe)
    page.run()
    before = made[-1][1][1]
    assert (before.guess, before.reading, before.answer) == (2, None, None), "not told yet"
    page.radio[0].set_value(1).run()
    page.run()
    _title, questions, figures, _query = made[-1]
    assert not page.exception and [one.guess for one in questions] == [None, 2, None, None]
    one = questions[1]
    assert (one.reading, one.title) == (1, "One number per point") and one.answer is not None
    assert figures[0].title == "This run"


@pytest.mark.pages
def test_images_of_a_run_stand_on_the_worksheet(trained_for_pages):
    texts = {"num_train": "300", "hidden_sizes": "16", "batch_size": "100", "epochs": "1"}
    for type in ("stacked", "variational"):
        recipe = make_recipe(type, **texts)
        trained_for_pages(recipe)
        (figures,) = worksheet.figures_of([recipe])
        head, _, content = figures.picture.partition(",")
        image = Image.open(io.BytesIO(base64.b64decode(content)))
        assert head == "data:image/png;base64" and image.size == (280, 56)
        assert figures.picture in paper(figures=[figures])


def test_a_loss_of_one_term_is_listed_once():
    terms = {"reconstruction_mse": 0.5, "total": 0.5}
    event = {"epoch": 1, "train": terms, "held_out": terms}
    text = paper(figures=[worksheet.Figures("This run", [], None, event)])
    assert text.count("0.50000") == 2 and "loss, all together" not in text


def test_a_worksheet_before_any_training_says_so():
    assert "Nothing trained yet" in paper(figures=[])
