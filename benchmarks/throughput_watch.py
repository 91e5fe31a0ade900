"""When steps end and when calls return, of any ``fit``, ``evaluate`` and ``predict`` of Keras."""

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

WATCHED = ("fit", "evaluate", "predict")


def seconds_since_start() -> float:
    """Returns the age of this process (seconds), as Linux counts it, in hundredths."""
    # The name in brackets may have blanks in it; field 22 is the start in ticks after booting.
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def print_figures(figures: dict[str, Any]) -> None:
    """Prints figures as the last line of a process."""
    print(json.dumps(figures), flush=True)


def end_at_first_step() -> None:
    """Prints how old the process is, and ends it."""
    print_figures({"first_step": seconds_since_start()})
    os._exit(0)


class Watch:
    """Notes the calls of ``keras.Model``, and leaves them otherwise as they are.

    A validation inside ``fit`` belongs to the fit.

    Args:
        first_step: Whether the process prints its age and ends where the first training step does.

    Attributes:
        calls: One a call: its ``kind``, and in seconds after its beginning ``ends`` (pairs: steps
            till then, when the last of them ended; Keras may run several in one go), ``epochs``
            (seconds of each), ``returned``, and ``waited`` from the last step till then.
    """

    def __init__(self, first_step: bool = False):
        self.first_step = first_step
        self.calls: list[dict[str, Any]] = []

    def install(self) -> None:
        """Watches Keras from its import on, whenever that is: to import it here would cost time."""
        if "keras" in sys.modules:
            self._wrap(sys.modules["keras"])
        else:
            sys.meta_path.insert(0, _AfterImport("keras", self._wrap))

    def _wrap(self, keras: Any) -> None:
        for kind in WATCHED:
            setattr(keras.Model, kind, self._watched(keras, kind))

    def _watched(self, keras: Any, kind: str) -> Callable[..., Any]:
        original = getattr(keras.Model, kind)

        def call(model: Any, *args: Any, callbacks: Any = None, **kwargs: Any) -> Any:
            if isinstance(callbacks, keras.callbacks.CallbackList):  # a validation inside a fit
                return original(model, *args, callbacks=callbacks, **kwargs)
            note = _noting(keras, kind, self.first_step)
            result = original(model, *args, callbacks=[note, *(callbacks or [])], **kwargs)
            returned = time.perf_counter() - note.begun
            waited = {"returned": returned, "waited": returned - note.last}
            self.calls.append({"kind": kind, "ends": note.ends, "epochs": note.epochs} | waited)
            return result

        return call


def _noting(keras: Any, kind: str, first_step: bool) -> Any:
    """Returns the callback that notes a call; its class can only be made once Keras is there."""

    class Noting(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.begun = time.perf_counter()
            self.last = self.epoch_began = 0.0
            self.steps_before = 0  # this epoch
            self.ends: list[tuple[int, float]] = []
            self.epochs: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch_began = time.perf_counter()
            self.steps_before = self.ends[-1][0] if self.ends else 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs.append(time.perf_counter() - self.epoch_began)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self._step_ended(batch)
            if first_step:
                end_at_first_step()

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self._step_ended(None if kind == "fit" else batch)

        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            self._step_ended(batch)

        def _step_ended(self, batch: int | None) -> None:
            self.last = time.perf_counter() - self.begun
            if batch is not None:
                self.ends.append((self.steps_before + batch + 1, self.last))

    return Noting()


class _AfterImport(MetaPathFinder):
    """Calls a function with a module right after it has been imported.

    Args:
        name: The module.
        then: The function.
    """

    def __init__(self, name: str, then: Callable[[Any], None]):
        self.name, self.then = name, then

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_call(module: Any) -> None:
                execute(module)
                self.then(module)

            spec.loader.exec_module = execute_and_call
        return spec


def step_seconds(call: dict[str, Any], warm_steps: int = 3) -> list[float]:
    """Returns the seconds a step of each go after the first ones, in which things are built.

    Example:
    >>> step_seconds({"ends": [(1, 9.0), (2, 9.5), (4, 10.5)]}, warm_steps=1)
    [0.5, 0.5]
    """
    ends = [(steps, end) for steps, end in call["ends"] if steps >= warm_steps]
    goes = zip(ends, ends[1:], strict=False)
    return [(end - before) / (steps - done) for (done, before), (steps, end) in goes]
