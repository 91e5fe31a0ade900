"""The JSON of README, docs and client, as requests of TensorFlow Serving's own protos."""

import base64
import importlib.util
import json
import re
import shlex
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.export.exported import LABELS, SECONDS, TEXTS, exported
from tfclf.export import HARD_TEXTS

ROOT = Path(__file__).parent.parent.parent
PAGES = ("README.md", "docs/serving.md")


@pytest.fixture(scope="module")
def model_server():
    pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    from tests.export import model_server

    return model_server


@pytest.fixture(scope="module")
def served(tmp_path_factory, model_server):
    classifier, _, folder, _ = exported("label", tmp_path_factory)
    return classifier, model_server.ModelServer(folder), folder


@pytest.fixture(scope="module")
def client_module():
    spec = importlib.util.spec_from_file_location("client", ROOT / "examples/serving_client.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def curls(page):
    """The path and the body of each request that a page shows."""
    text = (ROOT / page).read_text().replace("\\\n", " ")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    for line in "\n".join(blocks).splitlines():
        words = shlex.split(line, comments=True)
        if words[:2] == ["curl", "-d"]:
            yield words[3].removeprefix("http://localhost:8501"), words[2]


@pytest.mark.parametrize("page", PAGES)
def test_requests_of_the_pages(page, served):
    classifier, server, _ = served
    requests = [(path, body) for path, body in curls(page) if "/tickets:" in path]
    assert {path.rsplit(":")[-1] for path, _ in requests} == {"predict", "classify"}
    for path, body in requests:
        status, answer = server.answer(path, body)
        assert status == 200, answer
        asked = json.loads(body)
        if "signature_name" not in asked:
            rows = asked.get("instances") or asked["inputs"]["text"]
            said = [row["label"] for row in answer["predictions"]] if "instances" in asked else (
                answer["outputs"]["label"]
            )  # fmt: skip
            assert said == classifier.predict(rows)


@pytest.mark.slow
def test_requests_of_pairs(tmp_path_factory, model_server):
    classifier, _, folder, _ = exported("number", tmp_path_factory)
    server = model_server.ModelServer(folder, "similarity")
    requests = [request for request in curls("docs/serving.md") if "/similarity:" in request[0]]
    answers = [server.answer(*request) for request in requests]
    (number,) = classifier.predict(["A man plays a guitar."], ["Somebody makes music."])
    near = pytest.approx(number, abs=1e-5)
    assert answers == [(200, {"predictions": [near]}), (200, {"results": [near]})]


def test_answers_that_the_pages_show(served):
    """Their names are those of the outputs."""
    _, server, _ = served
    text = (ROOT / "docs/serving.md").read_text()
    predicted, classified = (
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    )
    body = json.dumps({"instances": ["a"]})
    answer = server.answer("/v1/models/tickets:predict", body)[1]
    assert predicted.keys() == answer.keys()
    assert predicted["predictions"][0].keys() == answer["predictions"][0].keys()
    body = json.dumps({"signature_name": "classify", "examples": [{"text": "a"}]})
    answer = server.answer("/v1/models/tickets:classify", body)[1]
    assert classified.keys() == answer.keys()
    assert np.shape(classified["results"]) == np.shape(answer["results"]) == (1, 3, 2)


def test_probabilities_of_both_apis(served):
    classifier, server, _ = served
    expected = classifier.predict_proba(TEXTS)
    body = {"instances": [{"text": text} for text in TEXTS]}
    _, answer = server.answer("/v1/models/tickets:predict", json.dumps(body))
    got = [row["probabilities"] for row in answer["predictions"]]
    np.testing.assert_allclose(got, expected, atol=1e-5, rtol=0)
    body = {"signature_name": "classify", "examples": [{"text": text} for text in TEXTS]}
    _, answer = server.answer("/v1/models/tickets:classify", json.dumps(body))
    for row, pairs in zip(expected, answer["results"], strict=True):
        assert dict(pairs) == pytest.approx(dict(zip(LABELS, row, strict=True)), abs=1e-5)
        assert [score for _, score in pairs] == sorted((s for _, s in pairs), reverse=True)


def test_bytes_that_are_no_text(served):
    """As base64 they come in; what is no UTF-8 is read as U+FFFD, and so in the run."""
    classifier, server, _ = served
    some = b"the \xff film \xc3"
    row = {"b64": base64.b64encode(some).decode()}
    _, answer = server.answer("/v1/models/tickets:predict", json.dumps({"instances": [row]}))
    expected = classifier.predict_proba([some.decode(errors="replace")])
    np.testing.assert_allclose(answer["predictions"][0]["probabilities"], expected[0], atol=1e-5)


def test_the_warm_up_requests_run(served, tmp_path):
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    _, server, folder = served
    path = folder / "assets.extra" / "tf_serving_warmup_requests"
    names = []
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        request = PredictionLog.FromString(record).predict_log.request
        outputs = server.run_predict(request)
        assert all(len(value) in (1, 4) for value in outputs.values())
        names.append(request.model_spec.signature_name)
    assert names == ["serving_default", "classify"] * 2


@pytest.mark.parametrize(
    ("verb", "body", "message"),
    [
        ("predict", {"instances": []}, "No values"),
        ("predict", {"instances": [{"words": "a"}]}, "keys must be equal"),
        ("predict", {"signature_name": "label", "instances": ["a"]}, '"label" not found'),
        ("classify", {"examples": [{"text": "a"}]}, "method 'tensorflow/serving/predict'"),
        ("classify", {"signature_name": "classify", "examples": [{}]}, "Feature: text"),
        (
            "predict",
            {
                "signature_name": "tokens",
                "instances": [{"input_ids": [2, 999, 3], "attention_mask": [1, 1, 1]}],
            },
            "expected input_ids from 0 to 64, got [999]",
        ),
        (
            "predict",
            {
                "signature_name": "tokens",
                "instances": [{"input_ids": [2] * 50, "attention_mask": [1] * 50}],
            },
            "expected 1 to 41 tokens a row",
        ),
    ],
    ids=["no rows", "other name", "no signature", "wrong method", "no text", "id", "too long"],
)
def test_what_is_refused(served, verb, body, message):
    status, answer = served[1].answer(f"/v1/models/tickets:{verb}", json.dumps(body))
    assert (status, message in answer["error"]) == (400, True), answer


def test_the_client(served, model_server, client_module):
    classifier, server, _ = served
    with model_server.listening(server) as url:
        client = client_module.ServingClient("tickets", url, batch_size=2)
        assert client.is_ready()
        server.log.clear()
        answers = client.predict(TEXTS)
        assert len(server.log) == 3  # five texts, two at a time
        classes = client.classify(TEXTS)
        assert client.predict([]) == client.classify([]) == []
    assert [answer["label"] for answer in answers] == classifier.predict(TEXTS)
    assert [pairs[0][0] for pairs in classes] == classifier.predict(TEXTS)
    expected = classifier.predict_proba(TEXTS)
    np.testing.assert_allclose([a["probabilities"] for a in answers], expected, atol=1e-5)
    sums = [sum(score for _, score in pairs) for pairs in classes]
    assert sums == pytest.approx([1.0] * 5, abs=1e-5)


@pytest.mark.slow
def test_the_client_with_pairs(tmp_path_factory, model_server, client_module):
    classifier, _, folder, _ = exported("number", tmp_path_factory)
    with model_server.listening(model_server.ModelServer(folder)) as url:
        client = client_module.ServingClient("tickets", url)
        answers = client.predict(TEXTS, SECONDS)
    assert answers == pytest.approx(classifier.predict(TEXTS, SECONDS), abs=1e-5)


@pytest.mark.slow
def test_words_and_tags_over_the_wire(tmp_path_factory, model_server):
    classifier, _, folder, _ = exported("tags", tmp_path_factory)
    server = model_server.ModelServer(folder)
    texts = ["the film was good", "", "ugly"]
    _, answer = server.answer("/v1/models/tickets:predict", json.dumps({"instances": texts}))
    for row, text, tags in zip(
        answer["predictions"], texts, classifier.predict(texts), strict=True
    ):
        count = row["num_words"]
        assert row["words"][:count] == text.split()
        assert row["tags"][:count] == tags
        spans = zip(row["starts"][:count], row["ends"][:count], strict=True)
        assert [text[start:end] for start, end in spans] == text.split()


def test_the_client_says_what_is_wrong(served, model_server, client_module, monkeypatch):
    _, server, _ = served
    client, error = client_module.ServingClient, client_module.ServingError
    with pytest.raises(error, match="expected a list of texts, got one string"):
        client("tickets").predict("a text")
    with pytest.raises(error, match="2 texts, but 1 second texts"):
        client("tickets").predict(["a", "b"], ["c"])
    with model_server.listening(server) as url:
        with pytest.raises(error, match=r"/v1/models/songs:predict: 404, Servable not found"):
            client("songs", url).predict(["a"])
        with pytest.raises(error, match=r"tickets:predict: 400, keys must be equal"):
            client("tickets", url).predict(["a"], ["b"])
        monkeypatch.setattr(server, "answer", lambda path, body: (200, b"<html>"))
        with pytest.raises(error, match="the answer is no JSON"):
            client("tickets", url).predict(["a"])
        monkeypatch.setattr(server, "answer", lambda path, body: (200, {"predictions": []}))
        with pytest.raises(error, match="expected 1 predictions"):
            client("tickets", url).predict(["a"])
        monkeypatch.setattr(server, "answer", lambda path, body: (503, b"starting"))
        with pytest.raises(error, match="503, starting"):
            client("tickets", url).is_ready()
        wait = threading.Event()

        def late(path, body):
            wait.wait(5)
            return 200, {}

        monkeypatch.setattr(server, "answer", late)
        with pytest.raises(error, match=r"no answer within 0.05 s"):
            client("tickets", url, timeout=0.05).predict(["a"])
        wait.set()
    with pytest.raises(error, match=r"nobody answers \(.*refused\). Is it running"):
        client("tickets", url).predict(["a"])


def test_the_client_on_the_command_line(served, model_server, client_module, capsys, monkeypatch):
    import io

    classifier, server, _ = served
    with model_server.listening(server) as url:
        place = ["--url", url, "--model", "tickets"]
        monkeypatch.setattr("sys.stdin", io.StringIO("the film\nbad\n"))
        assert client_module.main(["predict", "-", *place]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["label"] for line in lines] == classifier.predict(["the film", "bad"])
        assert client_module.main(["classify", "a", *place]) == 0
        assert len(json.loads(capsys.readouterr().out)) == 3
        assert client_module.main(["predict", "a", "--url", url, "--model", "x"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {url}/v1/models/x:predict: 404")
    with pytest.raises(SystemExit):
        client_module.main(["predict", "a"])
    assert "required: --model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "sent",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"SSH-2.0-OpenSSH_9.2\r\n"],
    ids=["breaks off", "no server of HTTP"],
)
def test_the_client_hears_half_an_answer(client_module, sent):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):  # what is left unread would reset the connection
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        client = client_module.ServingClient("m", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(client_module.ServingError, match="m:predict: the answer broke off"):
            client.predict(["a"])
        thread.join()


def test_the_page_shows_the_proof_of_today():
    """How many hard texts the sample of the output tells of."""
    text = (ROOT / "docs/serving.md").read_text()
    assert f" {len(HARD_TEXTS)} hard ones, loaded" in text
