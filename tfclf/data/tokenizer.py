"""The checkpoint's own fast tokenizer, and whether it belongs to the model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfclf.errors import TokenizerError

if TYPE_CHECKING:
    from tfclf.models import BertConfig

SPECIAL_TOKENS = ("pad_token", "cls_token", "sep_token", "unk_token")
LOADER_KEYS = ("local_files_only", "is_local")
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt")
CLASS_KEYS = {"tokenizer_config.json": "tokenizer_class", "config.json": "model_type"}
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
        # A saved tokenizer can carry a length from its own training; ours is the recipe's.
        self._backend.no_truncation()
        self._backend.no_padding()
        ids = {name: getattr(self._tokenizer, f"{name}_id") for name in SPECIAL_TOKENS}
        missing = [name for name, value in ids.items() if value is None]
        if missing:
            raise TokenizerError(
                f"the tokenizer has no {', '.join(missing)}",
                where=str(self.folder),
                remedy="A BERT tokenizer has [PAD], [CLS], [SEP] and [UNK].",
            )
        self.pad_id, self.cls_id, self.sep_id, self.unk_id = ids.values()
        self.mask_id = self._tokenizer.mask_token_id  # None where it has none
        framed = self._framed()
        if (framed[0], framed[-1]) != (self.cls_id, self.sep_id) or len(framed) < 3:
            raise TokenizerError(
                f"expected [CLS] ... [SEP] around a text, got {framed}",
                where=str(self.folder),
                remedy="Give the folder of a BERT tokenizer.",
            )

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

    def save(self, folder: Path) -> None:
        """Writes the tokenizer's files for transformers and for ourselves."""
        self._tokenizer.save_pretrained(folder)
        # transformers writes down how the tokenizer was loaded, as if it were a setting.
        path = folder / "tokenizer_config.json"
        settings = json.loads(path.read_text("utf-8"))
        kept = {key: value for key, value in settings.items() if key not in LOADER_KEYS}
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


def _load(folder: Path) -> Any:
    """Loads the tokenizer of a folder by transformers' own rules."""
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise TokenizerError(
            f"no tokenizer: expected {' or '.join(TOKENIZER_FILES)}",
            where=str(folder),
            remedy=COPY_AGAIN,
        )
    from transformers import AutoTokenizer, BertTokenizer

    try:
        family = BertTokenizer if _is_bare_vocabulary(folder) else AutoTokenizer
        tokenizer = family.from_pretrained(folder, local_files_only=True, use_fast=True)
    except Exception as error:  # the Rust tokenizer raises plain Exception on a damaged file
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TokenizerError(
            f"cannot be loaded ({reason})", where=str(folder), remedy=COPY_AGAIN
        ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise TokenizerError(
            f"{type(tokenizer).__name__} has no fast version, and only fast ones are supported",
            where=str(folder),
        )
    return tokenizer


def _is_bare_vocabulary(folder: Path) -> bool:
    """Tells whether nothing says whose vocabulary it is, as in Google's own checkpoints."""
    return not (folder / "tokenizer.json").is_file() and not any(
        (folder / name).is_file() and key in json.loads((folder / name).read_text("utf-8"))
        for name, key in CLASS_KEYS.items()
    )
