"""The site: what is made from the program is whole, and Sphinx builds it without a warning."""

import subprocess
import sys
import zlib
from importlib import import_module
from importlib.util import find_spec

import pytest
import typer

import tfclf
from tests.docs.pages import DOCS, ROOT
from tfclf.cli.app import app


@pytest.fixture
def verbs_page(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    return import_module("verbs_page")


def test_the_page_of_the_command_line_has_every_verb_and_option(verbs_page):
    page = verbs_page.verbs_as_markdown(app)
    parts = dict(part.split("\n", 1) for part in page.split("## tfclf ")[1:])
    verbs = typer.main.get_command(app).commands
    assert parts.keys() == verbs.keys()
    for name, verb in verbs.items():
        rows = [line.split(" | ")[0] for line in parts[name].splitlines() if line.startswith("| `")]
        options = [param for param in verb.params if param.param_type_name == "option"]
        shown = {param.opts[0] for param in options} - {"--help"}
        assert all(sum(f"`{option}`" in row for row in rows) == 1 for option in shown)
        assert len(rows) == len(shown) + len(verb.params) - len(options)
    assert verbs_page.MARK in (DOCS / "command_line.md").read_text("utf-8")


def test_a_row_of_an_option(verbs_page):
    """An app that is known by hand: a required argument, a flag that is on, a bar in a default."""
    other = typer.Typer()

    @other.command()
    def weigh(
        file: str = typer.Argument(help="What to weigh."),
        quick: bool = typer.Option(True, help="Do not wait."),
        between: str = typer.Option("|", help="A <sign>.", rich_help_panel="Signs"),
    ) -> None:
        """Weigh a file.

        tfclf weigh stone
        """

    @other.callback()
    def several() -> None:
        """So that the app has verbs."""

    lines = verbs_page.verbs_as_markdown(other).splitlines()
    assert lines[:6] == ["## tfclf weigh", "", "Weigh a file.", "", "```bash", "tfclf weigh stone"]
    assert "| `FILE` | What to weigh. | required |" in lines
    assert "| `--quick`, `--no-quick` | Do not wait. | `on` |" in lines
    assert lines.index("**Signs**") < lines.index("| `--between` | A &lt;sign>. | `\\|` |")


def documented(folder):
    """The names that the inventory of a site has (Sphinx's format, version 2)."""
    data = (folder / "objects.inv").read_bytes()
    lines = zlib.decompress(data.split(b"\n", 4)[4]).decode().splitlines()
    return {name for name, kind, *_ in map(str.split, lines) if kind.startswith("py:")}


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(find_spec, ("sphinx", "myst_parser", "furo"))), reason="Sphinx is not installed"
)
def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    folders = ["-d", str(tmp_path / "state"), str(DOCS), str(tmp_path / "site")]
    built = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    names = documented(tmp_path / "site")
    for room in tfclf._ROOMS:
        for name in getattr(import_module(f"tfclf.{room}"), "__all__", ()):
            assert f"tfclf.{room}.{name}" in names
    for page in ("index", "tasks/tokens", "command_line", "api/losses"):
        html = (tmp_path / "site" / f"{page}.html").read_text("utf-8")
        assert "<h1>" in html and "system-message" not in html
        # Nothing is loaded from elsewhere.
        assert 'src="http' not in html and 'rel="stylesheet" href="http' not in html
