"""The checkpoint's own fast tokenizer, and whether it belongs to the model."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfclf.data.small_files import check_file_size, read_json_object
from tfclf.errors import TokenizerError

if TYPE_CHECKING:
    from tfclf.models import BertConfig

logger = logging.getLogger("tfclf")

# Names of the special tokens, and what they are where nothing says so.
SPECIAL_TOKENS = {
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "unk_token": "[UNK]",
    "mask_token": "[MASK]",
}
OPTIONAL = ("mask_token",)
PARTS = ("normalizer", "pre_tokenizer", "model")
LOADER_KEYS = ("local_files_only", "is_local")
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt")
TOKENIZER_CONFIG, CONFIG = "tokenizer_config.json", "config.json"
CLASS_KEYS = {TOKENIZER_CONFIG: "tokenizer_class", CONFIG: "model_type"}
# Class that a BERT checkpoint names -> class of transformers that reads it.
BERT_CLASSES = {
    None: "BertTokenizer",
    "BertTokenizer": "BertTokenizer",
    "BertTokenizerFast": "BertTokenizer",
    "PreTrainedTokenizerFast": "PreTrainedTokenizerFast",
    "TokenizersBackend": "PreTrainedTokenizerFast",
}
PATH_KEYS = {"tokenizer_file": "tokenizer.json", "vocab_file": "vocab.txt"}
# The files that transformers looks for; each is checked before it is handed over.
READ = ("tokenizer.json", TOKENIZER_CONFIG, CONFIG, "special_tokens_map.json", "added_tokens.json")
COPY_AGAIN = "Copy the tokenizer files of the checkpoint into this folder."
PADDED_TO = 128  # embeddings may have rows to spare up to a multiple of at most this


class Tokenizer:
    """A BERT tokenizer: texts in, ids out, without truncation and padding.

    Args:
        folder: Folder with ``tokenizer.json`` or ``vocab.txt``.

    Raises:
        TokenizerError: There is none, it is damaged, it is not a fast one, or it does not put
            ``[CLS]`` before and ``[SEP]`` behind a text.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self._tokenizer = _load(self.folder)
        self._backend = self._tokenizer.backend_tokenizer
        self._own_parts = _take_own_parts(self._backend, self.folder)
        # A saved tokenizer can carry a length from its own training; ours is the recipe's.
        self._backend.no_truncation()
        self._backend.no_padding()
        ids = {name: self._special_id(name, usual) for name, usual in SPECIAL_TOKENS.items()}
        missing = [name for name, value in ids.items() if value is None and name not in OPTIONAL]
        if missing:
            raise TokenizerError(
                f"the tokenizer has no {', '.join(missing)}",
                where=str(self.folder),
                remedy="A BERT tokenizer has [PAD], [CLS], [SEP] and [UNK].",
            )
        # mask_id is None where the tokenizer has none.
        self.pad_id, self.cls_id, self.sep_id, self.unk_id, self.mask_id = ids.values()
        framed = self._framed()
        if (framed[0], framed[-1]) != (self.cls_id, self.sep_id) or len(framed) < 3:
            raise TokenizerError(
                f"expected [CLS] ... [SEP] around a text, got {framed}",
                where=str(self.folder),
                remedy="Give the folder of a BERT tokenizer.",
            )

    def _special_id(self, name: str, usual: str) -> Any:
        """Returns the id of a special token: the declared one, or that of its usual name."""
        declared = getattr(self._tokenizer, f"{name}_id")
        return self._backend.token_to_id(usual) if declared is None else declared

    def _framed(self) -> list[int]:
        """Returns the ids of a text as the tokenizer frames it."""
        try:
            ids: list[int] = self._backend.encode("a").ids
        except Exception as error:  # the Rust tokenizer raises plain Exception without [UNK]
            raise TokenizerError(
                f"cannot tokenize ({error})", where=str(self.folder), remedy=COPY_AGAIN
            ) from None
        return ids

    @property
    def vocab_size(self) -> int:
        """One more than the largest id."""
        return max(self._backend.get_vocab(with_added_tokens=True).values()) + 1

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Returns the ids of each text, whole and without ``[CLS]`` and ``[SEP]``."""
        encoded = self._backend.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encoded]

    def settings(self) -> dict[str, Any]:
        """Returns all that the tokenizer does, in the format of ``tokenizer.json``.

        ``encode_special_tokens``, which that format lacks, stands beside the rest: whether special
        tokens in a text are read as its words.
        """
        return _settings(self._backend)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes the tokenizer's files for transformers and for ourselves."""
        folder = Path(folder)
        self._tokenizer.save_pretrained(folder)
        # transformers writes down how the tokenizer was loaded, as if it were a setting.
        path = folder / TOKENIZER_CONFIG
        settings = json.loads(path.read_text("utf-8"))
        kept = {key: value for key, value in settings.items() if key not in LOADER_KEYS}
        if self._own_parts:  # of a class that reads them from tokenizer.json
            kept["tokenizer_class"] = "PreTrainedTokenizerFast"
        text = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, "utf-8")

    def check_against(self, config: BertConfig) -> None:
        """Checks that every id has its row in the embeddings, and that padding is padding.

        Raises:
            TokenizerError: Tokenizer and model are of different checkpoints.
        """
        rows, size = config.vocab_size, self.vocab_size
        spare = rows % 8 == 0 and size <= rows <= -(-size // PADDED_TO) * PADDED_TO
        if size != rows and not spare:
            raise TokenizerError(
                f"the tokenizer has {size} tokens, the model has embeddings for {rows}",
                where=str(self.folder),
                remedy="Use the tokenizer that the checkpoint was trained with.",
            )
        if config.pad_token_id is not None and config.pad_token_id != self.pad_id:
            raise TokenizerError(
                f"the tokenizer pads with id {self.pad_id}, config.json says {config.pad_token_id}",
                where=str(self.folder),
                remedy="Use the tokenizer that the checkpoint was trained with.",
            )


def read_settings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Returns what ``Tokenizer.settings`` does, also of a tokenizer without the frame of BERT.

    Ids of texts need neither ``[CLS]`` and ``[SEP]`` around them nor all special tokens.

    Args:
        folder: Folder with ``tokenizer.json`` or ``vocab.txt``.

    Raises:
        TokenizerError: There is none, it is damaged, or it is not a fast one.
    """
    backend = _load(Path(folder)).backend_tokenizer
    _take_own_parts(backend, Path(folder))
    return _settings(backend)


def _settings(backend: Any) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(backend.to_str())
    return settings | {"encode_special_tokens": backend.encode_special_tokens}


def _load(folder: Path) -> Any:
    """Loads the tokenizer of a folder by transformers' own rules."""
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise TokenizerError(
            f"no tokenizer: expected {' or '.join(TOKENIZER_FILES)}",
            where=str(folder),
            remedy=COPY_AGAIN,
        )
    said = _read_files(folder)
    own = {
        key: str(folder / name) if (folder / name).is_file() else None
        for key, name in PATH_KEYS.items()
    }
    import transformers

    try:
        family = getattr(transformers, _class_of(folder, said))
        # Left out, the last one asks on standard input whether to run the checkpoint's own code.
        # The first ones are said since some transformers take paths that a configuration names.
        tokenizer = family.from_pretrained(
            folder, **own, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # the Rust tokenizer raises plain Exception on a damaged file
        if any("auto_map" in said[name] for name in CLASS_KEYS):
            raise TokenizerError(
                "the tokenizer is code of the checkpoint's own (auto_map), and tfclf runs no code "
                "of checkpoints",
                where=str(folder),
                remedy="Take a checkpoint whose tokenizer is one of transformers' own.",
            ) from None
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if isinstance(error, LookupError | TypeError | AttributeError):  # of Python, not of files
            reason = "a file of it does not hold what transformers writes there"
        named = str(said[TOKENIZER_CONFIG].get("tokenizer_class"))
        another = hasattr(transformers, named) and named not in BERT_CLASSES
        raise TokenizerError(
            f"cannot be loaded{f' as a {named}' if another else ''} ({reason})",
            where=str(folder),
            remedy="Give the folder of a BERT tokenizer." if another else COPY_AGAIN,
        ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise TokenizerError(
            f"{type(tokenizer).__name__} has no fast version, and only fast ones are supported",
            where=str(folder),
        )
    return tokenizer


def _take_own_parts(backend: Any, folder: Path) -> bool:
    """Gives a tokenizer what its ``tokenizer.json`` says where transformers goes by other files.

    For some classes transformers builds normaliser and model anew from ``tokenizer_config.json``
    and its own defaults, so that a cased tokenizer whose class is BertTokenizer is lower-cased.

    Returns:
        Whether anything was different.
    """
    if not (folder / "tokenizer.json").is_file():
        return False
    from tokenizers import Tokenizer as RustTokenizer

    own = RustTokenizer.from_file(str(folder / "tokenizer.json"))
    ours, theirs = json.loads(own.to_str()), json.loads(backend.to_str())
    different = [part for part in PARTS if ours[part] != theirs[part]]
    for part in different:
        setattr(backend, part, getattr(own, part))
    if different:
        logger.warning(
            "%s: the %s of tokenizer.json and what transformers makes of tokenizer_config.json "
            "differ; tokenizer.json is taken.",
            folder,
            " and the ".join(part.replace("_", "-") for part in different),
        )
    return bool(different)


def _read_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Reads the JSON files of a tokenizer; those that are not there are empty.

    Raises:
        TokenizerError: A file is too large, damaged or ambiguous.
    """
    if (folder / "vocab.txt").is_file():
        check_file_size(folder / "vocab.txt", TokenizerError)
    there = {name: folder / name for name in READ if (folder / name).is_file()}
    read = {name: read_json_object(path, TokenizerError) for name, path in there.items()}
    return {name: read.get(name, {}) for name in READ}


def _class_of(folder: Path, said: dict[str, dict[str, Any]]) -> str:
    """Returns the name of the class of transformers that reads the tokenizer of a folder.

    Where its files say that it is a BERT's, this is the class that ``AutoTokenizer`` finds, told
    without it: where PyTorch is installed it imports that as well, which takes seconds.
    """
    bare = not any(key in said[name] for name, key in CLASS_KEYS.items())
    if bare and not (folder / "tokenizer.json").is_file():
        return "BertTokenizer"  # a bare vocabulary, as in Google's own checkpoints
    named = said[TOKENIZER_CONFIG].get("tokenizer_class")
    open_questions = "auto_map" in said[TOKENIZER_CONFIG] or said[CONFIG].get("tokenizer_class")
    if said[CONFIG].get("model_type") != "bert" or named not in BERT_CLASSES or open_questions:
        return "AutoTokenizer"
    return BERT_CLASSES[named]
