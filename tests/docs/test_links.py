"""Every page is reached, every link leads somewhere, and every figure has its source."""

import re
from importlib import import_module

import pytest

import tfclf
from tests.docs.pages import (
    DOCS,
    README,
    RESULTS,
    anchors_of,
    blocks_of,
    links_of,
    name_of,
    pages,
    quoted_tables,
)

PAGES = [README, *pages()]
IDS = ["README.md", *map(name_of, pages())]


def in_toctrees(name):
    """The pages that the toctrees of a page name."""
    page = DOCS / name
    for block in blocks_of(page):
        if block.language == "{toctree}":
            for line in block.text.splitlines():
                if line and not line.startswith(":"):
                    target = line.removesuffix(">").split(" <")[-1]  # TITLE <PAGE>
                    (found,) = [
                        path
                        for suffix in (".md", ".rst")
                        if (path := (page.parent / target).with_suffix(suffix)).is_file()
                    ]
                    yield found.relative_to(DOCS).as_posix()


def test_every_page_is_in_a_toctree_once():
    named = [name for page in pages() for name in in_toctrees(name_of(page))]
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.*st")}
    there |= {name_of(page) for page in pages()}
    assert sorted(named) == sorted(there - {"index.md"})


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page):
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target}: no such file"
        if anchor:
            assert anchor in anchors_of(found), f"{target}: no such heading"


@pytest.mark.parametrize("page", pages(), ids=IDS[1:])
def test_every_figure_is_that_of_a_benchmark(page):
    for name, table in quoted_tables(page):
        lines = (RESULTS / f"{name}.md").read_text("utf-8").splitlines()
        assert len(table) >= 3 and set(table) <= set(lines), f"{page}: {name}"
        assert f"benchmarks/results/{name}.md" in page.read_text("utf-8")


def test_a_table_of_figures_names_its_source():
    """Means of several seeds, which only a benchmark has, stand under a mark, or are tested."""
    own = {"scaling.md", "other_formats.md"}  # whose tables have a test of their own
    for page in pages():
        text = re.sub(r"<!-- rows of: \w+ -->\n(\|.*\n)+", "", page.read_text("utf-8"))
        if name_of(page) not in own:
            assert not re.search(r"^\|.*\d\.\d+ \(\d", text, re.MULTILINE), page


def test_every_room_has_a_page():
    for room in tfclf._ROOMS:
        text = (DOCS / "api" / f"{room}.rst").read_text("utf-8")
        assert f".. automodule:: tfclf.{room}\n" in text
        own = getattr(import_module(f"tfclf.{room}"), "__all__", ())
        assert set(re.findall(r"^.. autodata:: (\w+)$", text, re.MULTILINE)) <= set(own)


def test_the_index_of_the_rooms_has_the_names_of_the_package():
    index = (DOCS / "api" / "index.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| \[(\w+)\]\(\w+\.rst\) \|[^|]*\|([^|]*)\|$", index, re.MULTILINE))
    assert set(rows) == set(tfclf._ROOMS)
    shown = {
        name: f"tfclf.{room}" for room, names in rows.items() for name in re.findall(r"\w+", names)
    }
    assert shown == tfclf._HOME
