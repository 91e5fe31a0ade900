"""The oracle, which every test here asks, and what is kept of the differences."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

collect_ignore = ["legacy_side"]  # is imported in another environment


@pytest.fixture(scope="session")
def oracle_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("oracle")


@pytest.fixture(scope="session")
def their(oracle_folder):
    """The legacy process, with everything that is asked."""
    from tests.legacy.addons_cases import CRF, F1, FOCAL
    from tests.legacy.cases import CASES, ENCODERS, TASKS
    from tests.legacy.oracle import Oracle, Question, legacy_python

    if not legacy_python().exists():
        pytest.skip(f"there is no {legacy_python()}: make test-legacy builds it")
    questions = [*FOCAL, *F1, *CRF]
    for case in (*ENCODERS, *CASES):
        case.model().save_pretrained(oracle_folder / case.name / "ours")
        arrays = case.inputs | {"targets": case.targets}
        settings = {"class": TASKS[case.task].theirs}
        questions.append(Question(case.name, "bert", settings, arrays))
    oracle = Oracle(oracle_folder, questions)
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def differences(their):
    """Compares and keeps; written where ``TFCLF_LEGACY_DIFFERENCES`` says, for the benchmark."""
    from tests.legacy.differences import Differences

    kept = Differences()
    yield kept
    if path := os.environ.get("TFCLF_LEGACY_DIFFERENCES"):
        Path(path).write_text(json.dumps({"rows": kept.table(), "versions": their.versions()}))


@pytest.fixture(scope="session")
def asked(their, request):
    """A case with our model, its folder, and the answer; tests run case by case."""
    import keras

    case = request.param
    answer = their.answer(case.name)
    yield SimpleNamespace(
        case=case, answer=answer, model=case.model(), folder=their.folder / case.name
    )
    keras.utils.clear_session()  # graphs of all cases together take gigabytes
