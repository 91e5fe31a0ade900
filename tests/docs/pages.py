"""The pages of the documentation as tests read them: blocks, commands, links, anchors, tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Block:
    """A fenced block: what stands behind its fence, its text, and the line that it begins in."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A line of a shell: words, and what is typed into the last program of a pipe."""

    words: tuple[str, ...]
    stdin: str | None = None


def pages() -> list[Path]:
    """Returns every page of docs/ that people write."""
    return sorted(DOCS.rglob("*.md"))


def name_of(page: Path) -> str:
    """Returns a page's path within docs/."""
    return page.relative_to(DOCS).as_posix()


def blocks_of(page: Path) -> Iterator[Block]:
    """Yields the fenced blocks of a page in order."""
    fence, start, inside = None, 0, []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if fence is None and line.startswith("```"):
            fence, start, inside = line[3:].strip(), number, []
        elif fence is not None and line.rstrip() == "```":
            yield Block(fence, "\n".join(inside) + "\n", start)
            fence = None
        elif fence is not None:
            inside.append(line)
    assert fence is None, f"{page}: the block of line {start} has no end"


def commands_of(text: str) -> Iterator[Command]:
    """Yields the commands of a shell, those of a loop once; ``echo TEXT |`` is what is read."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|;")
        lexer.whitespace_split, lexer.commenters = True, "#"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word != ";":
                words.append(word)
            elif words and words[0] not in ("for", "done"):
                yield _command(words[1:] if words[0] == "do" else words)
            words = [] if word == ";" else words


def _command(words: list[str]) -> Command:
    stdin = None
    if "|" in words:
        cut = words.index("|")
        assert words[0] in ("echo", "cat"), f"a pipe from {words[0]}"
        stdin, words = " ".join(words[1:cut]) + "\n", words[cut + 1 :]
    while re.fullmatch(r"[A-Z_]+=\w+", words[0]):  # a variable of the environment
        words = words[1:]
    return Command(tuple(words), stdin)


def without_blocks(page: Path) -> str:
    """Returns a page without what stands in its blocks and in code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", lambda code: "x" * len(code[0]), text)


def links_of(page: Path) -> list[str]:
    """Returns where the links of a page lead within the repository."""
    targets = re.findall(r"\]\(([^)\s]+)\)", without_blocks(page))
    return [target for target in targets if not target.startswith(("http://", "https://"))]


def anchors_of(page: Path) -> set[str]:
    """Returns the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{slug}-{number}" if number else slug) in anchors:
            number += 1
        anchors.add(anchor)
    return anchors


def quoted_tables(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields the results that a table of figures is taken from, and its lines."""
    pattern = r"<!-- rows of: (\w+) -->\n((?:\|.*\n)+)"
    for name, table in re.findall(pattern, page.read_text("utf-8")):
        yield name, table.splitlines()
