"""The claims of the lesson whose runs take a second, on runs: those of the others are checked by
`python -m benchmarks.claims` only."""

import pytest

from dashboard.claims.by_page import CLAIMS
from dashboard.claims.claim import Figure
from dashboard.claims.measures import measure
from models.training import trainer


@pytest.mark.parametrize("claim", CLAIMS["linear"], ids=lambda claim: str(claim)[:40])
def test_a_claim_of_the_linear_lesson_holds(claim, store):
    seed = claim.seeds(attempt=2)[0]

    def value(figure):
        if not isinstance(figure, Figure):
            return figure
        recipe = figure.recipe(seed)
        trainer.train(recipe, store)
        return measure(store.run(recipe.run_id()), figure.measure)

    assert claim.holds(claim.effect(value(claim.less), value(claim.more)))
