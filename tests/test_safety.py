"""What the sources of tfclf never do, by their syntax trees; and what an audit says."""

import ast
from pathlib import Path

import pytest

import tfclf
from tests.audit import NOT_DONE, verdict

ROOT = Path(tfclf.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# They run what they read.
NEVER_IMPORTED = {
    "pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code",
    "codeop", "runpy", "torch", "jsonpickle", "imp",
}  # fmt: skip
NEVER_CALLED = {"eval", "exec", "compile", "__import__", "execfile", "input", "breakpoint"}
# The last part of a name that is called, with what stands before it; None stands for anything.
NEVER_ATTRIBUTES = {
    ("yaml", "load"), ("yaml", "full_load"), ("yaml", "unsafe_load"), ("os", "system"),
    ("os", "popen"), ("joblib", "load"), ("torch", "load"), ("pd", "read_pickle"),
    (None, "read_pickle"), (None, "load_dataset"), (None, "extractall"), (None, "unpack_archive"),
    (None, "enable_unsafe_deserialization"),
}  # fmt: skip
# Arguments that let others' code or objects in, with the value that does.
NEVER_PASSED = {"trust_remote_code": True, "allow_pickle": True, "shell": True, "safe_mode": False}


def calls(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def offences(source):
    """Yields what a source does that it must not."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        yield from (f"import {name}" for name in names if name.split(".")[0] in NEVER_IMPORTED)
    for call in calls(tree):
        function = call.func
        if isinstance(function, ast.Name) and function.id in NEVER_CALLED:
            yield f"{function.id}()"
        if isinstance(function, ast.Attribute):
            before = ast.unparse(function.value)
            for owner, name in NEVER_ATTRIBUTES:
                if function.attr == name and owner in (None, before):
                    yield f"{before}.{name}()"
        for keyword in call.keywords:
            value = getattr(keyword.value, "value", None)
            if keyword.arg in NEVER_PASSED and value is NEVER_PASSED[keyword.arg]:
                yield f"{keyword.arg}={value}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_others_is_run(path):
    assert list(offences(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from marshal import loads", "import joblib.externals", "eval('1')",
        "def f():\n    exec(x)", "compile(x, '', 'exec')", "import yaml\nyaml.load(x)",
        "os.system('ls')", "subprocess.run('ls', shell=True)", "T.from_pretrained(x, trust_remote_"
        "code=True)", "np.load(x, allow_pickle=True)", "load_model(x, safe_mode=False)",
        "datasets.load_dataset(x)", "tar.extractall()", "input()",
    ],
)  # fmt: skip
def test_each_of_them_would_be_seen(source):
    assert len(list(offences(source))) == 1


@pytest.mark.parametrize(
    "source",
    ["re.compile(x)", "model.compile(loss=x)", "model.eval()", "json.load(x)",
     "f(trust_remote_code=False)"],
)  # fmt: skip
def test_what_only_looks_like_it(source):
    assert list(offences(source)) == []


def test_tokenizers_of_transformers_are_told_to_run_nothing():
    """Left out, transformers asks on standard input, where rows may stand."""
    for path in FILES:
        if "import transformers" not in path.read_text("utf-8"):
            continue
        for call in calls(ast.parse(path.read_text("utf-8"))):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "from_pretrained":
                passed = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert passed.get("trust_remote_code") == "False", path


PACKAGE = {"name": "a", "version": "1"}
SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI"}


def test_an_audit_without_an_answer_is_none():
    """A mirror of PyPI has no advisories: pip-audit then skips all, and finds nothing wrong."""
    assert verdict([SKIPPED, SKIPPED]) == ([f"{NOT_DONE}: it knows none of the 2 packages"], 0)
    lines, status = verdict([PACKAGE | {"vulns": []}, SKIPPED])
    assert (lines, status) == (
        ["audit: 0 known weaknesses in 1 packages; 1 others it does not know"], 0
    )  # fmt: skip


def test_an_audit_that_finds_something():
    weak = PACKAGE | {"vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}, {"id": "X"}]}
    lines, status = verdict([weak])
    assert status == 1
    assert lines[0] == "audit: a 1: PYSEC-1, mended in 2"
    assert lines[1:] == ["audit: a 1: X, mended in no version",
                         "audit: 2 known weaknesses in 1 packages"]  # fmt: skip
