"""What a person sees."""

import io

from rich.console import Console

from tfclf.training import ProgressDisplay


class Clock:
    """A clock that goes on by two seconds a step."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def run(terminal):
    out, clock = io.StringIO(), Clock()
    console = Console(file=out, force_terminal=terminal, width=120, _environ={})
    display = ProgressDisplay(console, clock)
    display.set_params({"steps": 6, "epochs": 2})
    display.on_train_begin()
    for epoch in range(2):
        display.on_epoch_begin(epoch)
        for batch in range(6):
            clock.now += 2
            display.on_train_batch_end(batch, {"loss": 0.5, "macro_f1": 0.25})
        display.on_epoch_end(epoch, {"loss": 0.5, "macro_f1": 0.25, "val_macro_f1": 0.75})
    display.on_train_end()
    return out.getvalue()


def test_lines_in_a_log():
    lines = run(terminal=False).splitlines()
    # Every tenth second a line. At the fifth step: 4 steps in 8 s, 7 of 12 are left: 14 s.
    assert lines[0] == "epoch 1/2  step 5/6  0.5 steps/s  0:14 left  loss 0.5000  macro-F1 0.2500"
    assert lines[1] == "epoch 1/2  loss 0.5000  macro-F1 0.2500  validation macro-F1 0.7500"
    assert not any("\x1b" in line for line in lines)


def test_bar_on_a_terminal():
    text = run(terminal=True)
    assert "validation macro-F1 0.7500" in text
    assert "\x1b[" in text
