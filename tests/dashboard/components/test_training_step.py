"""One step in slow motion: the numbers are NumPy's, and the stages can be gone through."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.components.training_step import training_step
from models.data import datasets, loading
from models.training import schedules, step_trace
from models.training.trainer import train
from tests.support.scripts import marks, scripted_page, show

pytestmark = pytest.mark.usefixtures("with_recorded_steps")


def two_steps(recipe, store):
    """The steps that a training keeps."""
    train(recipe, store)
    run = store.run(recipe.run_id())
    return run.step("first"), run.step("last")


def test_the_linear_step_is_what_the_formulas_give(small, store):
    recipe = small("linear", optimizer="sgd", learning_rate=0.05, epochs=2)
    (story, about), _ = two_steps(recipe, store)
    h = recipe.hyperparameters
    x = loading.load(**h.data_arguments).train[: h.effective_batch_size].astype(np.float64)
    w, b, v, c = (story[name].astype(np.float64) for name in "WbVc")
    codes = x @ w + b
    errors = codes @ v + c - x
    np.testing.assert_allclose(story["codes"], codes[: step_trace.EXAMPLES], rtol=1e-4)
    np.testing.assert_allclose(
        story["outputs"] - story["inputs"], errors[: step_trace.EXAMPLES], atol=1e-5
    )
    assert story["before"][-1] == pytest.approx(np.square(errors).mean(), rel=1e-5)
    slope = 2 * errors / errors.size
    gradients = [x.T @ (slope @ v.T), (slope @ v.T).sum(axis=0), codes.T @ slope, slope.sum(axis=0)]
    lengths = [np.linalg.norm(gradient) for gradient in gradients]
    np.testing.assert_allclose(story["gradient_norms"], lengths, rtol=1e-4, atol=1e-6)
    steps = [0.05 * length for length in lengths]
    np.testing.assert_allclose(story["change_norms"], steps, rtol=1e-3, atol=1e-6)
    w, b, v, c = (
        value - 0.05 * gradient for value, gradient in zip((w, b, v, c), gradients, strict=True)
    )
    after = np.square((x @ w + b) @ v + c - x).mean()
    assert story["after"][-1] == pytest.approx(after, rel=1e-4) and about["step"] == 0


def test_the_largest_gradients_are_told_with_their_weights(type, small):
    recipe, rate = small(type, optimizer="sgd"), 1e-5
    model = type.model_class()(recipe.hyperparameters)
    model.compile(schedules.make_optimizer("sgd", rate))
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    story = step_trace.trace_step(model, examples.train[:100], examples.train_labels[:100])
    for index, variable in enumerate(model.stage_variables):
        values, gradients, changed, places = (
            story[f"{part}/{index}"].numpy()
            for part in ("values", "gradients", "changed", "places")
        )
        assert (np.diff(np.abs(gradients)) <= 0).all()
        np.testing.assert_allclose(changed, values - rate * gradients, atol=1e-6)
        assert len(set(places.tolist())) == len(places) and places.max() < np.prod(variable.shape)


def test_the_variational_code_is_drawn_and_its_divergence_is_numpys(small, store):
    recipe = small("variational", beta=2.0)
    (story, about), (_, later) = two_steps(recipe, store)
    drawn = story["means"] + story["deviations"] * story["noise"]
    np.testing.assert_allclose(story["codes"], drawn, atol=1e-5)
    terms = dict(zip(about["terms"], story["before"].tolist(), strict=True))
    total = terms["reconstruction_nats"] + 2 * terms["kl_nats"]
    assert terms["total"] == pytest.approx(total, rel=1e-5)
    h = recipe.hyperparameters
    assert later["step"] == h.epochs * h.steps_per_epoch
    dataset = datasets.by_name(h.dataset)
    content = training_step.packed(story, about, dataset)
    header = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])["meta"]
    assert " + 2 · " in header["sum"] and header["sum"].endswith(f"= {terms['total']:.4g}")
    assert header["names"] == [dataset.label_names[label] for label in story["labels"]]


class TestInTheBrowser:
    pytestmark = marks

    @pytest.fixture
    def page(self, chromium):
        page, errors = scripted_page(chromium, "training_step/training_step.js"), []
        page.on("pageerror", lambda error: errors.append(error))
        yield page
        page.close()
        assert not errors

    @pytest.fixture
    def story(self, small, store):
        recipe = small("variational", latent_dim=3)
        (story, about), _ = two_steps(recipe, store)
        dataset = datasets.by_name(recipe.hyperparameters.dataset)
        return story, training_step.packed(story, about, dataset)

    def test_the_stages_are_gone_through_by_buttons_and_keys(self, page, story):
        show(page, story[1])
        root = page.locator(".slow")
        expect(root).to_have_attribute("data-stage", "encode")
        page.get_by_role("button", name="Next →").click()
        expect(root).to_have_attribute("data-stage", "sample")
        code = story[0]["codes"][0][np.abs(story[0]["means"][0]).argmax()]
        row = page.locator("tr").nth(1).inner_text().split()
        assert float(row[-1].replace("−", "-")) == pytest.approx(code, rel=0.01)
        page.get_by_label("example").select_option("2")
        code = story[0]["codes"][2][np.abs(story[0]["means"][2]).argmax()]
        row = page.locator("tr").nth(1).inner_text().split()
        assert float(row[-1].replace("−", "-")) == pytest.approx(code, rel=0.01)
        page.get_by_role("tab", name="Sample").focus()
        for stage in ("decode", "loss", "gradient", "update", "update"):
            page.keyboard.press("ArrowRight")
            expect(root).to_have_attribute("data-stage", stage)
        after = story[0]["after"][-1]
        expect(page.locator(".words")).to_contain_text(f"to {after:.5g}"[:8])
        page.keyboard.press("ArrowLeft")
        expect(root).to_have_attribute("data-stage", "gradient")

    def test_the_difference_is_the_input_minus_the_output(self, page, small, store):
        recipe = small("linear")
        (story, about), _ = two_steps(recipe, store)
        dataset = datasets.by_name(recipe.hyperparameters.dataset)
        show(page, training_step.packed(story, about, dataset))
        page.get_by_role("tab", name="Loss").click()
        tables = page.locator("table").all_inner_texts()
        shown = [[float(x.replace("−", "-")) for x in one.split()] for one in tables]
        expected = [story["inputs"][0], story["outputs"][0]]
        expected.append(expected[0] - expected[1])
        np.testing.assert_allclose(shown, expected, rtol=0.01, atol=0.01)

    def test_play_goes_on_by_itself(self, page, story):
        page.clock.install()
        show(page, story[1])
        page.get_by_role("button", name="Play").click()
        page.clock.run_for(8_500)
        expect(page.locator(".slow")).to_have_attribute("data-stage", "decode")
        page.get_by_role("button", name="Pause").click()
        page.clock.run_for(20_000)
        expect(page.locator(".slow")).to_have_attribute("data-stage", "decode")

    @pytest.mark.parametrize("cut", [slice(0, -5), slice(0, 30), slice(0, 0)])
    def test_truncated_bytes_end_in_a_message_and_whole_ones_recover(self, page, story, cut):
        show(page, story[1][cut])
        expect(page.get_by_role("alert")).to_contain_text("did not arrive whole")
        show(page, story[1])
        expect(page.locator(".slow")).to_have_attribute("data-stage", "encode")
        page.get_by_label("example").select_option("2")
        for content in (story[1][cut], story[1]):
            show(page, content)
        expect(page.get_by_label("example")).to_have_value("2")
