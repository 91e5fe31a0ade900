"""Ids as transformers has them, and whether tokenizer and model belong together."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import VOCABULARY, write_tokenizer
from tfclf.data import Tokenizer
from tfclf.data.small_files import LIMITS
from tfclf.data.tokenizer import _load
from tfclf.errors import TokenizerError

WORDS = [*VOCABULARY, "Good", "FILM", "\u00e9", "\u4e2d", "\u6587"]
IDS = {word: i for i, word in enumerate(WORDS)}
TEXTS = [
    "",
    " \t\r\n ",
    "Good film, bad film!",
    "Caf\u00e9 na\u00efve stra\u00dfe \u0130stanbul E\u0301t\u00e9 \u00c5ngstr\u00f6m",
    "\u65e5\u672c\u8a9e\u3068\u4e2d\u6587\uff0c\ud55c\uad6d\uc5b4 \u0645\u0631\u062d\u0628\u0627",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f ok\U0001f44d",
    "a\x00b \x07c\x1b[0m \ufffd d\u200be\u00adf \ufeffg",
    "a\u00a0b\u3000c\u2028d\u0085e",
    "wait\u2026 \u201cquotes\u201d \u2018it\u2019s\u2019 \u2014 1/2 \u00bd \ufb01ne \u2122 $5 50%",
    "[SEP] [CLS] [MASK] [PAD] [UNK] [sep]",
    "http://example.org/?q=a_b#c me@example.org @you #tag",
    "antidisestablishmentarianism " + "x" * 120,
    "NULL None nan 0 -1 1e5",
]


def folder_with(folder, words=WORDS, **files):
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    for name, values in files.items():
        (folder / f"{name}.json").write_text(json.dumps(values))
    return folder


def ids(*words):
    return [IDS[word] for word in words]


@pytest.fixture(scope="module")
def embedded(encoder):
    return Tokenizer(encoder)


@pytest.fixture
def tiny(tmp_path):
    write_tokenizer(tmp_path)
    return Tokenizer(tmp_path)


def test_against_transformers(embedded, encoder):
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(encoder)
    assert embedded.encode(TEXTS) == theirs(TEXTS, add_special_tokens=False)["input_ids"]
    special = theirs.pad_token_id, theirs.cls_token_id, theirs.sep_token_id, theirs.unk_token_id
    assert (embedded.pad_id, embedded.cls_id, embedded.sep_id, embedded.unk_id) == special
    assert embedded.vocab_size == len(theirs)


def test_against_the_tokenizer_in_python(embedded, encoder):
    """A second implementation of BERT's rules, with its own Unicode tables."""
    from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

    theirs = BertTokenizerLegacy(str(encoder / "vocab.txt"))
    for text, found in zip(TEXTS, embedded.encode(TEXTS), strict=True):
        assert found == theirs.convert_tokens_to_ids(theirs.tokenize(text)), text


def test_random_texts(embedded, encoder):
    from transformers import AutoTokenizer

    generator = np.random.default_rng(13)
    points = [
        *range(0x20, 0x250),
        *range(0x300, 0x370),
        *range(0x2000, 0x2070),
        *range(0x4E00, 0x4E30),
    ]
    texts = ["".join(map(chr, generator.choice(points, 40))) for _ in range(50)]
    theirs = AutoTokenizer.from_pretrained(encoder)
    assert embedded.encode(texts) == theirs(texts, add_special_tokens=False)["input_ids"]


def test_a_batch_is_its_texts_one_by_one(embedded):
    assert embedded.encode(TEXTS) == [embedded.encode([text])[0] for text in TEXTS]
    assert embedded.encode([]) == []


def test_stored_truncation_and_padding_are_off(embedded, encoder):
    """The embedded tokenizer.json cuts at 128 tokens and pads to 128."""
    stored = json.loads((encoder / "tokenizer.json").read_text("utf-8"))
    assert stored["truncation"]["max_length"] == stored["padding"]["strategy"]["Fixed"] == 128
    the = embedded.encode(["the"])[0]
    assert len(the) == 1
    assert embedded.encode(["the " * 301, "the"]) == [the * 301, the]


def test_ids_by_hand(tiny):
    texts = ["The GOOD film was, bad!", "xyz", "g\u00f6od \u4e2d", "ugly.ugly"]
    assert tiny.encode(texts) == [
        ids("the", "good", "film", "was", "[UNK]", "bad", "!"),
        ids("x", "##y", "##z"),
        ids("good", "[UNK]"),
        ids("ugly", ".", "ugly"),
    ]


UNCASED = [ids("good", "film", "e", "##x", "\u4e2d", "\u6587")]
CASED = [ids("Good", "FILM", "\u00e9", "##x", "\u4e2d", "\u6587")]
TEXT = ["Good FILM \u00e9x \u4e2d\u6587"]


@pytest.mark.parametrize(
    "files, expected",
    [
        ({}, UNCASED),
        ({"config": {"model_type": "bert"}}, UNCASED),
        ({"config": {"hidden_size": 12}}, UNCASED),
        ({"tokenizer_config": {"do_lower_case": True}}, UNCASED),
        ({"tokenizer_config": {"do_lower_case": False}}, CASED),
        ({"tokenizer_config": {"tokenizer_class": "BertTokenizer"}}, UNCASED),
        ({"tokenizer_config": {"tokenizer_class": "BertTokenizer", "do_lower_case": False}}, CASED),
        (
            {"tokenizer_config": {"do_lower_case": False}, "config": {"model_type": "bert"}},
            CASED,
        ),
        (
            {"tokenizer_config": {"tokenizer_class": "BertTokenizerFast", "strip_accents": False}},
            [ids("good", "film", "\u00e9", "##x", "\u4e2d", "\u6587")],
        ),
    ],
)
def test_folder_with_a_vocabulary_alone(tmp_path, files, expected):
    tokenizer = Tokenizer(folder_with(tmp_path / "model", **files))
    assert tokenizer.encode(TEXT) == expected
    assert tokenizer.vocab_size == len(WORDS) == 70
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id, tokenizer.sep_id) == (0, 1, 2, 3)


@pytest.mark.parametrize("lower", [True, False])
def test_saved_files(tmp_path, lower):
    """Saved files give transformers and ourselves the same ids."""
    from transformers import AutoTokenizer

    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": lower}
    Tokenizer(folder_with(tmp_path / "from", tokenizer_config=settings)).save(tmp_path / "to")
    expected = UNCASED if lower else CASED
    assert Tokenizer(tmp_path / "to").encode(TEXT) == expected
    theirs = AutoTokenizer.from_pretrained(tmp_path / "to")
    assert theirs(TEXT, add_special_tokens=False)["input_ids"] == expected
    stored = json.loads((tmp_path / "to" / "tokenizer.json").read_text("utf-8"))
    assert stored["truncation"] is stored["padding"] is None


BERT = {"model_type": "bert"}


@pytest.mark.parametrize(
    "settings, config",
    [
        pytest.param({"tokenizer_class": "BertTokenizer"}, BERT, id="bert"),
        pytest.param({"tokenizer_class": "BertTokenizerFast"}, BERT, id="bert-fast"),
        pytest.param({"do_lower_case": False}, BERT, id="no-class"),
        pytest.param({"tokenizer_class": None}, BERT, id="class-none"),
        pytest.param({"tokenizer_class": "PreTrainedTokenizerFast"}, BERT, id="any-fast"),
        pytest.param({"tokenizer_class": "TokenizersBackend"}, BERT, id="backend"),
        pytest.param({"tokenizer_class": "BertTokenizer"}, {"model_type": "roberta"}, id="roberta"),
        pytest.param({"tokenizer_class": "Unheard"}, BERT, id="unheard-class"),
        pytest.param({}, BERT | {"tokenizer_class": "BertTokenizerFast"}, id="class-of-config"),
    ],
)
@pytest.mark.parametrize("lower", [True, False], ids=["uncased", "cased"])
def test_the_class_that_transformers_finds(tmp_path, settings, config, lower):
    """AutoTokenizer, which is not always asked, gives the same tokenizer and the same files."""
    from transformers import AutoTokenizer

    whole = {"tokenizer_class": "BertTokenizer", "do_lower_case": lower}
    folder = tmp_path / "model"
    Tokenizer(folder_with(tmp_path / "whole", tokenizer_config=whole)).save(folder)
    names = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(names | settings))
    (folder / "config.json").write_text(json.dumps(config))
    ours = _load(folder)
    theirs = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    assert type(ours) is type(theirs)
    ours.save_pretrained(tmp_path / "ours")
    theirs.save_pretrained(tmp_path / "theirs")
    for name in ("tokenizer_config.json", "tokenizer.json"):
        assert (tmp_path / "ours" / name).read_text() == (tmp_path / "theirs" / name).read_text()


def refusal(folder):
    """The error of a folder without a tokenizer: it names the folder and says what to do."""
    with pytest.raises(TokenizerError) as caught:
        Tokenizer(folder)
    assert folder in (Path(caught.value.where), Path(caught.value.where).parent)
    assert caught.value.remedy
    return caught.value.what


def test_missing_files(tmp_path):
    expected = "no tokenizer: expected tokenizer.json or vocab.txt"
    assert refusal(tmp_path) == expected
    assert refusal(tmp_path / "none") == expected
    (tmp_path / "tokenizer_config.json").write_text("{}")
    assert refusal(tmp_path) == expected


def test_tokenizer_json_alone(tiny, tmp_path):
    """Where nothing says which tokens are special, they are those of the usual names."""
    tiny.save(tmp_path / "saved")
    (tmp_path / "alone").mkdir()
    shutil.copy(tmp_path / "saved" / "tokenizer.json", tmp_path / "alone")
    alone = Tokenizer(tmp_path / "alone")
    assert (alone.pad_id, alone.cls_id, alone.sep_id, alone.unk_id, alone.mask_id) == (
        tiny.pad_id, tiny.cls_id, tiny.sep_id, tiny.unk_id, tiny.mask_id,
    )  # fmt: skip
    assert alone.encode(["Some Text"]) == tiny.encode(["Some Text"])


def test_tokenizer_json_alone_with_other_names_is_not_guessed_at(tiny, tmp_path):
    tiny.save(tmp_path / "saved")
    text = (tmp_path / "saved" / "tokenizer.json").read_text("utf-8").replace("[PAD]", "<pad>")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "tokenizer.json").write_text(text, "utf-8")
    assert refusal(tmp_path / "alone").startswith("the tokenizer has no pad_token")


@pytest.mark.parametrize(
    "name, content",
    [
        ("tokenizer.json", ""),
        ("tokenizer.json", '{"version": "1.0", "trunc'),
        ("tokenizer.json", '{"a": 1}'),
        ("tokenizer_config.json", "{"),
        ("config.json", "no JSON"),
        ("vocab.txt", ""),
        ("vocab.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\n"),
    ],
)
def test_damaged_files(tmp_path, name, content):
    folder = folder_with(tmp_path / "model")
    (folder / name).write_text(content)
    refusals = "cannot be loaded (", "cannot tokenize (", "not valid JSON in UTF-8 ("
    assert refusal(folder).startswith(refusals)


def test_code_of_a_checkpoint_is_never_run(tmp_path, monkeypatch, capsys):
    """Where nothing says whether to run it, transformers asks on standard input: "y" runs it."""
    ours = {"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": ["own.Own", None]}}
    config = {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig"}}
    folder = folder_with(tmp_path / "model", tokenizer_config=ours, config=config)
    (folder / "own.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w')\nOwn = OwnConfig = None\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 9))
    assert "code of the checkpoint's own (auto_map)" in refusal(folder)
    assert not (tmp_path / "ran").exists()
    assert "[y/N]" not in capsys.readouterr().out


def test_a_class_of_transformers_is_taken_beside_code(tmp_path):
    """Many checkpoints name code for libraries of before, and need none."""
    settings = {"tokenizer_class": "BertTokenizer", "auto_map": {"AutoTokenizer": ["o.O", None]}}
    config = {"model_type": "bert", "auto_map": {"AutoModel": "own.Model"}}
    folder = folder_with(tmp_path / "model", tokenizer_config=settings, config=config)
    (folder / "o.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    assert Tokenizer(folder).encode(["good film"]) == [ids("good", "film")]
    assert not (tmp_path / "ran").exists()


def test_files_elsewhere_are_not_read(tmp_path):
    """A path in the configuration stands for nothing."""
    other = folder_with(tmp_path / "other", words=[*WORDS[:5], *reversed(WORDS[5:])])
    settings = {
        "tokenizer_class": "BertTokenizer",
        "vocab_file": str(other / "vocab.txt"),
        "tokenizer_file": str(other / "tokenizer.json"),
        "special_tokens_map_file": str(other / "special_tokens_map.json"),
    }
    config = {"model_type": "bert"}
    folder = folder_with(tmp_path / "model", tokenizer_config=settings, config=config)
    assert Tokenizer(folder).encode(["good film"]) == [ids("good", "film")]


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "vocab.txt",
                                  "special_tokens_map.json", "added_tokens.json"])  # fmt: skip
def test_files_beyond_every_tokenizer(tmp_path, name):
    folder = folder_with(tmp_path / "model")
    most = LIMITS[name][0]
    with open(folder / name, "wb") as file:
        file.truncate(most + 1)  # a sparse file: nothing is written, and nothing is read
    assert f"has {most + 1:,} bytes, expected {most:,} at most" in refusal(folder)


def test_another_family(tmp_path):
    """Words without [CLS] and [SEP] around them are no input for BERT."""
    from tokenizers import Tokenizer as Backend
    from tokenizers.models import WordLevel

    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"}
    folder = folder_with(tmp_path / "model", tokenizer_config=settings)
    bare = {token: number for token, number in IDS.items() if not token.startswith("[")}
    words = Backend(WordLevel(bare | {"[UNK]": 0}, unk_token="[UNK]"))
    words.save(str(folder / "tokenizer.json"))
    assert refusal(folder) == "the tokenizer has no pad_token, cls_token, sep_token"
    Backend(WordLevel(IDS, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))
    settings |= {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert refusal(folder).startswith("expected [CLS] ... [SEP] around a text, got")


@pytest.mark.parametrize("rows", [65, 72, 80, 96, 128])
def test_embeddings_with_rows_to_spare(tiny, tiny_config, rows):
    """65 tokens; a multiple of 8, and not beyond the next multiple of 128."""
    tiny.check_against(tiny_config.replace(vocab_size=rows))


@pytest.mark.parametrize("rows", [8, 64, 66, 70, 127, 136, 256])
def test_embeddings_of_another_model(tiny, tiny_config, rows):
    expected = f"the tokenizer has 65 tokens, the model has embeddings for {rows}"
    with pytest.raises(TokenizerError, match=expected) as caught:
        tiny.check_against(tiny_config.replace(vocab_size=rows))
    assert caught.value.where == str(tiny.folder)
    assert caught.value.remedy


def test_padding_of_another_model(tiny, tiny_config):
    tiny.check_against(tiny_config.replace(pad_token_id=None))
    with pytest.raises(TokenizerError, match="pads with id 0, config.json says 3"):
        tiny.check_against(tiny_config.replace(pad_token_id=3))


def test_embedded_encoder_belongs_to_its_tokenizer(embedded, encoder):
    from transformers import BertConfig

    embedded.check_against(BertConfig.from_pretrained(encoder))
