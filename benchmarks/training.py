"""How fast training is: `python -m benchmarks.training`.

Compares with Keras' `fit` and PyTorch on the same networks, with the machine's matrix products
alone, and measures what a student waits for. All figures are medians of one run, measured in
turn after a warm-up. Times per epoch of `train` include evaluation and everything that is
stored; those of the step loop do not, and neither do those of the peers.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial

from benchmarks.measuring import (
    Row,
    against,
    alternate,
    at_most,
    format_figure,
    run_command,
    seconds_of,
    temporary_store,
)
from models import settings
from models.autoencoders import registry
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.data import loading
from models.runs.recipe import Recipe

COLUMNS = ("what", "ours", "peer", "ratio", "goal", "reached")
GOALS = {"linear": 100.0, "fit": 2.5, "torch": 1.7, "limit": 2.0, "picture": 2.5, "end": 10.0}

_seeds = itertools.count(1000)


# Against the peers


def _linear(options) -> list[Row]:
    from benchmarks import peers

    epochs = 10 if options.quick else 1000
    h = registry.by_name("linear").preset("article").replace(epochs=epochs)
    seconds = _against_peers("linear", h, epochs, options.count)
    what = f"linear 3-2-3, {epochs} full-batch steps, train against"
    torch = seconds.get("torch") if peers.torch else None
    return [
        against(f"{what} fit", seconds["train"], seconds["fit"], GOALS["linear"], "s"),
        against(f"{what} PyTorch", seconds["train"], torch, 1.0, "s"),
        at_most("  of which the step loop", seconds["steps"], None, "s"),
    ]


def _digits(options) -> list[Row]:
    sizes = {"num_train": 300, "hidden_sizes": (20,), "latent_dim": 5} if options.quick else {}
    return _images(options, "embedded digits", sizes, 1 if options.quick else 5)


def _mnist(options) -> list[Row]:
    if not loading.available("mnist"):
        return [Row("mnist, 60,000 images", "not measured: set AUTOENCODER_LAB_DATA")]
    return _images(options, "mnist", {"dataset": "mnist", "num_train": 60_000}, 2)


def _images(options, title: str, changes: dict, epochs: int) -> list[Row]:
    rows = []
    for name in ("stacked", "variational"):
        # The peers neither move images nor clip gradients.
        plain = {"shift": 0, "clip_norm": 0.0}
        h = registry.by_name(name).preset("ours").replace(**plain | changes, epochs=epochs)
        layers = "-".join(map(str, h.layer_sizes))
        rows.append(Row(f"{name} {layers}, {title}, per epoch", ""))
        seconds = _against_peers(name, h, epochs, options.count)
        for ours, peer in itertools.product(("train", "steps"), ("fit", "torch")):
            label = {"train": "train", "steps": "step loop", "fit": "fit", "torch": "PyTorch"}
            what = f"  {label[ours]} against {label[peer]}"
            other = seconds[peer] / epochs if peer in seconds else None
            rows.append(against(what, seconds[ours] / epochs, other, GOALS[peer], "s"))
        rows += _most_possible(seconds, epochs)
    return rows


def _most_possible(seconds: dict[str, float], epochs: int) -> list[Row]:
    """What a trainer would gain that did nothing but its matrix products, by the faster of the
    libraries at hand: a bound that the machine sets to the ratios above."""
    least = min(value for name, value in seconds.items() if name.endswith("products"))
    rows = []
    for peer, label in (("fit", "fit"), ("torch", "PyTorch")):
        if peer in seconds:
            texts = (format_figure(value / epochs, "s") for value in (least, seconds[peer]))
            what = f"  nothing but its matrix products against {label}"
            rows.append(Row(what, *texts, f"{seconds[peer] / least:.2f} x"))
    return rows


def _against_peers(name: str, h, epochs: int, repeats: int) -> dict[str, float]:
    """Seconds of "train", "steps" (the loop alone), "products" (of matrices, nothing else),
    "fit" and, if installed, "torch" and "torch products"."""
    from benchmarks import peers
    from models.training import trainer

    type = registry.by_name(name)
    x = loading.load(**h.data_arguments).train
    with temporary_store() as store:

        def train():
            trainer.train(Recipe(type, h.replace(seed=next(_seeds))), store)

        fit = peers.KerasPeer(h, x)
        tasks = {
            "train": (train, train),
            "fit": (lambda: fit.train(1), lambda: fit.train(epochs)),
            "steps": (lambda: None, _step_loop(type, h)),
            "products": (_products(h.replace(epochs=1)), _products(h)),
        }
        if peers.torch:
            torch = peers.TorchPeer(h, x)
            tasks["torch"] = (lambda: torch.train(1), lambda: torch.train(epochs))
            tasks["torch products"] = (lambda: torch.products(1), lambda: torch.products(epochs))
        return alternate(tasks, repeats)


def _step_loop(type: AutoencoderType, h) -> Callable[[], object]:
    """All steps of all epochs, without anything around them."""
    import tensorflow as tf

    from models.training import compiled_model, devices

    loaded = loading.load(**h.data_arguments)
    x, labels = tf.constant(loaded.train), tf.constant(loaded.train_labels)
    device = devices.find_device("auto")[0]
    compiled = compiled_model.compile_model(Recipe(type, h), device)  # what `train` uses, too
    return lambda: compiled.run(x, labels, 0, h.epochs * h.steps_per_epoch)


# Against the machine's limit


def _limit(options) -> list[Row]:
    changes = {"num_train": 300, "epochs": 1} if options.quick else {"epochs": 3}
    rows = []
    for name in ("stacked", "variational"):
        type = registry.by_name(name)
        h = type.preset("ours").replace(**changes)
        tasks = {
            "loop": _step_loop(type, h),
            "products": _products(h),
            "optimiser": _optimiser_alone(type, h),
        }
        pairs = {what: (task, task) for what, task in tasks.items()}
        seconds = alternate(pairs, max(options.count, 5))
        steps = h.epochs * h.steps_per_epoch
        ours, limit, optimiser = (1e3 * seconds[what] / steps for what in tasks)
        texts = (format_figure(ours, "ms"), format_figure(limit, "ms"), f"{ours / limit:.2f}")
        what = f"{name}: one step against its matrix products"
        rows.append(Row(what, *texts, f"<= {GOALS['limit']:g}", ours <= GOALS["limit"] * limit))
        texts = (format_figure(limit + optimiser, "ms"), format_figure(limit, "ms"))
        what = "  of these and of what the optimiser does, both alone"
        rows.append(Row(what, *texts, f"{(limit + optimiser) / limit:.2f}"))
    return rows


def _optimiser_alone(type: AutoencoderType, h) -> Callable[[], object]:
    """What the optimiser does in all steps, as XLA compiles it, with gradients that are given: it
    reads and writes each weight and what it keeps of it, which no product of matrices hides."""
    import tensorflow as tf

    from models.training import compiled_model, devices

    compiled = compiled_model.CompiledModel(Recipe(type, h), devices.find_device("auto")[0])
    variables = compiled.model.trainable_variables
    gradients = [tf.fill(variable.shape, 1e-3) for variable in variables]

    @tf.function(jit_compile=True, autograph=False)
    def apply(*given):
        compiled.optimizer.apply(list(given), variables)

    @tf.function
    def run(steps):
        for _ in tf.range(steps):
            apply(*gradients)
        return compiled.optimizer.iterations + 0

    steps = tf.constant(h.epochs * h.steps_per_epoch)
    return lambda: run(steps).numpy()


def _products(h) -> Callable[[], object]:
    """The matrix products of all steps and nothing else: per layer one forward, one for the
    gradient of the kernel and, but for the first layer, one for that of the inputs."""
    import tensorflow as tf

    from benchmarks import peers

    factors = peers.factors(h)
    inputs, kernels, gradients = ([tf.constant(m) for m in each] for each in factors)

    @tf.function
    def run(steps):
        total = 0.0
        for _ in tf.range(steps):
            # A number of each product enters the result, else it would not be computed.
            for index, (x, kernel, gradient) in enumerate(
                zip(inputs, kernels, gradients, strict=True)
            ):
                total += tf.matmul(x, kernel)[0, 0]
                total += tf.matmul(x, gradient, transpose_a=True)[0, 0]
                if index:
                    total += tf.matmul(gradient, kernel, transpose_b=True)[0, 0]
        return total

    steps = tf.constant(h.epochs * h.steps_per_epoch)
    return lambda: run(steps).numpy()


# What a student waits for


def _latency(options) -> list[Row]:
    from dashboard.jobs.dispatcher import Dispatcher

    epochs = {"epochs": 2} if options.quick else {}
    waited = {type.name: [] for type in registry.FAMILY}
    with temporary_store() as store:
        dispatcher = Dispatcher(store, settings.Settings(runs_folder=store.root))
        warm = seconds_of(lambda: _start(dispatcher))
        try:
            for round in range(options.count):
                for type in registry.FAMILY:
                    h = _vary_architecture(type, round).replace(**epochs)
                    waited[type.name].append(_submit(dispatcher, Recipe(type, h)))
        finally:
            dispatcher.close()
    rows = [at_most("first worker warm after the start", warm, None, "s", 3)]
    for name, pairs in waited.items():
        picture, end = map(statistics.median, zip(*pairs, strict=True))
        goal = GOALS["end"] if name == "variational" else None
        what = f"{name}, defaults, never compiled: submit to"
        rows.append(at_most(f"{what} first picture", picture, GOALS["picture"], "s", 3))
        rows.append(at_most(f"{what} end", end, goal, "s", 3))
    return rows


def _vary_architecture(type: AutoencoderType, round: int):
    """The defaults with a seed and an architecture that no process has seen."""
    h = type.preset("ours").replace(seed=next(_seeds))
    if not h.hidden_sizes:
        return h.replace(num_train=110 + 10 * round, batch_size=110 + 10 * round)
    first, *rest = h.hidden_sizes
    return h.replace(hidden_sizes=(first + 1 + round, *rest))


def _start(dispatcher) -> None:
    dispatcher.start()
    while not dispatcher.is_warm:
        time.sleep(0.05)


def _submit(dispatcher, recipe: Recipe) -> tuple[float, float]:
    """Seconds to the first picture and to the end."""
    began = time.perf_counter()
    run = dispatcher.store.run(dispatcher.submit(recipe))
    while run.live() is None:
        time.sleep(0.01)
    picture = time.perf_counter() - began
    while run.result() is None:
        time.sleep(0.01)
    end = time.perf_counter() - began
    while dispatcher.position(run.id) is not None:  # the worker is about to report back
        time.sleep(0.01)
    return picture, end


_PARTS = {
    "linear": _linear,
    "digits": _digits,
    "mnist": _mnist,
    "limit": _limit,
    "latency": _latency,
}

main = partial(
    run_command, __doc__, _PARTS, COLUMNS, ("--repeats", "how often each is measured; default: 3")
)

if __name__ == "__main__":
    raise SystemExit(main())
