"""What a training takes besides its own epochs is what the trainer takes."""

import pytest

from models import settings
from models.training import ancestry, estimates, trainer
from models.training.session import Session


@pytest.fixture
def epochs_of(monkeypatch):
    """A function that trains a recipe, and says how many epochs of whichever runs that took."""
    taken = []

    class Counting(Session):
        def _run_epochs(self):
            before = self.epoch
            status = super()._run_epochs()
            taken.append(self.epoch - before)
            return status

    monkeypatch.setattr(trainer, "Session", Counting)

    def train(recipe, store):
        taken.clear()
        trainer.train(recipe, store)
        return sum(taken)

    return train


def reckoned(recipe, store):
    """Epochs that training a recipe is expected to take."""
    machine = settings.current()
    return ancestry.total_cost(
        recipe,
        store,
        lambda one, until: until - one.first_epoch,
        lambda one, epoch: estimates.is_kept(one, epoch, machine),
    )


def test_as_many_epochs_are_reckoned_as_are_trained(small, new_store, epochs_of):
    first = small("linear", schedule="cosine")
    child = first.continue_for(2)
    grandchild = child.continue_for(3)
    branch, other = (first.branch_at(epoch, {"learning_rate": "0.01"}) for epoch in (3, 4))
    twig = other.branch_at(5, {"learning_rate": "0.001"}).continue_for(2)
    for recipe, number in ((grandchild, 11), (branch, 9), (other, 12), (twig, 15)):
        store = new_store()
        assert reckoned(recipe, store) == epochs_of(recipe, store) == number
    store = new_store()
    epochs_of(first, store)
    for recipe in (grandchild, branch, other, twig):
        assert reckoned(recipe, store) == epochs_of(recipe, store)
    store.run(other.run_id()).keep_branch_points(())
    again = other.branch_at(5, {"learning_rate": "0.1"})
    assert reckoned(again, store) == epochs_of(again, store)
