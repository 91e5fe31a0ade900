"""The whole vocabulary of failure.

Every error of tfclf says what was expected and what came, where (file and row), and what to do
next. The command line prints ``str(error)`` and nothing else, so the text has to stand alone. What
it quotes of rows, labels and file names commands no terminal.
"""

from tfclf.terminal import printable


class TfclfError(Exception):
    """Base of every error that tfclf raises on purpose.

    Args:
        what: What was expected and what came.
        where: File, row, key or tensor concerned.
        remedy: What to do next, as a command or a piece of code where there is one.

    Example:
    >>> print(TfclfError("expected 2 fields, got 3", where="train.csv, line 7", remedy="Quote it."))
    train.csv, line 7: expected 2 fields, got 3. Quote it.
    """

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None):
        self.what, self.where, self.remedy = what, where, remedy
        place = f"{where}: " if where else ""
        advice = f" {remedy}" if remedy else ""
        super().__init__(printable(f"{place}{what.rstrip('.')}.{advice}"))


class DataError(TfclfError, ValueError):
    """A file, a column or a row cannot be used as it is."""


class ArgumentError(TfclfError, ValueError):
    """An argument is unknown, out of range or contradicts another."""


class ConfigError(TfclfError, ValueError):
    """A ``config.json`` asks for something that the model does not do."""


class CheckpointError(TfclfError, ValueError):
    """A checkpoint is missing, damaged, of a refused format, or does not fit the model."""


class TokenizerError(TfclfError, ValueError):
    """A tokenizer is missing, not supported, or does not belong to the model."""


class RunError(TfclfError, RuntimeError):
    """A run directory is missing, unfinished, or holds another run."""


class CollapsedError(RunError):
    """A training ended with one label for everything, or with no numbers, and was to stop then."""


class ExportError(TfclfError, RuntimeError):
    """A run cannot be exported, or what was exported does not answer as the run does."""
