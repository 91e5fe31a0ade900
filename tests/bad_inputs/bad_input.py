"""A bad input as a row of a table, and what its message has to say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Content = bytes | str | Callable[[Path], object]  # of a file, or what makes it at a path


@dataclass(frozen=True)
class BadInput:
    """What somebody gives to a verb, and what the verb has to answer.

    Attributes:
        name: What is wrong, unique among all.
        arguments: What is typed behind ``tfclf``, in a folder that has what ``world`` lists.
        place: What the message names: file and line where there is one, else the option.
        remedy: Phrase of the message that says what to do; ``|`` between phrases that are as good.
        files: What is written there before, by its name.
        stdin: What stands on standard input.
        is_slow: Whether it takes seconds.
    """

    name: str
    arguments: str
    place: str
    remedy: str
    files: Mapping[str, Content] = field(default_factory=dict)
    stdin: bytes = b""
    is_slow: bool = False

    @property
    def verb(self) -> str:
        """The verb."""
        return self.arguments.split()[0]

    def write(self, folder: Path) -> None:
        """Writes the files."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
