"""A training of no time, in the place of a real one."""

import numpy as np


def played(job, splits, *, hearing=lambda monitor: (), display=None, gives_up=()):
    """Is the better the closer its rate is to 1e-3, and the larger its batch.

    Another seed moves the figure by a hundredth.
    """
    recipe = job.recipe
    epochs = 3 if recipe.epochs == "auto" else recipe.epochs
    rate = 1e-4 if recipe.learning_rate == "auto" else recipe.learning_rate
    score = 0.9 - abs(np.log10(rate) + 3) / 10 + recipe.batch_size / 1000
    score += 0.01 * (recipe.seed % 2)
    for epoch in range(epochs):
        for callback in hearing("val_macro_f1"):
            callback.on_epoch_end(epoch, {"val_macro_f1": score * (epoch + 1) / epochs})
    return float(score)


def play(monkeypatch):
    """Has studies play their trainings."""
    from tfclf.tuning import confirm, run_trials

    for module in (run_trials, confirm):
        monkeypatch.setattr(module, "try_out", played)
