"""Sphinx's settings: ``make docs`` builds the site into ``build/docs``."""

import os
import re
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from verbs_page import MARK, verbs_as_markdown  # noqa: E402

import tfclf  # noqa: E402
from tfclf.cli.app import app as command_line  # noqa: E402

project = "tfclf"
release = version = tfclf.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = f"tfclf {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_copyright = html_show_sphinx = False

myst_heading_anchors = 4  # as GitHub has them

autodoc_member_order = "groupwise"
autodoc_default_options = {"members": True}
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # described once, with their class


def _prepare(app, name, source):
    """Writes the verbs into their page, and makes links to files beside docs/ downloads."""
    text = source[0]
    if MARK in text:
        text = text.replace(MARK, verbs_as_markdown(command_line))
    source[0] = re.sub(r"\]\((?=(\.\./)+(benchmarks|examples|notebooks)/)", "](path:", text)


def _arrange(app, what, name, obj, options, lines):
    """Sets examples apart, whose code is not indented; what constants have is their type's."""
    text = "" if what == "data" else "\n".join(lines)
    text = re.sub(r"^( *)Example:\n(?=\1>>>)", r"\1**Example**\n\n", text, flags=re.MULTILINE)
    lines[:] = text.split("\n")


def _readable(app, what, name, obj, options, signature, returns):
    """Writes a default that is made anew each time so that the signature can be parsed."""
    return signature and signature.replace("<factory>", "..."), returns


def setup(app):
    """Connects the above; napoleon reads docstrings behind us."""
    app.connect("source-read", _prepare)
    app.connect("autodoc-process-docstring", _arrange, priority=400)
    app.connect("autodoc-process-signature", _readable)
