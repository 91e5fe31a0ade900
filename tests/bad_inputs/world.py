"""Good rows, an encoder and runs: what bad inputs stand beside."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.conftest import VOCABULARY, randomised, write_tokenizer

TEXTS = {"good": "the film was good", "bad": "the film was bad .", "ugly": "ugly ! ugly"}
GOOD = {
    "good.csv": "text,label\n"
    + "".join(f"{TEXTS[name]} {letter},{name}\n" for letter in "abcdefgh" for name in TEXTS),
    "several.csv": "text,labels\n" + "".join(f"film {c},x|y\nugly {c},x\n" for c in "abcdefgh"),
    "numbers.csv": "text,label\n" + "".join(f"film {c},0.5\nugly {c},2\n" for c in "abcdefgh"),
    "good.conll": "".join(f"rome B-x\nburns O\n{c} O\n\nfilm B-x\n{c} I-x\n\n" for c in "abcdefgh"),
    "made.csv": "text,label\nsome other film entirely,good\nwords that nobody wrote,bad\n",
}
RUNS = {"run": ("good.csv", "single-label"), "token-run": ("good.conll", "token")}
MAX_LENGTH = 19


def make_world(folder: Path) -> Path:
    """Makes an encoder that fits into a hand, good rows, and trained runs; returns the folder."""
    import tfclf
    from tfclf.models import BertConfig, TFBertModel

    config = BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=12, num_hidden_layers=1, num_attention_heads=3,
        intermediate_size=17, max_position_embeddings=41, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    randomised(TFBertModel(config), scale=0.3).save_pretrained(folder / "encoder")
    write_tokenizer(folder / "encoder")
    for name, text in GOOD.items():
        (folder / name).write_text(text)
    recipe = tfclf.Recipe(
        epochs=1, learning_rate=1e-3, max_length=MAX_LENGTH, head_start="random",
        decisions="none", on_collapse="ignore",
    )  # fmt: skip
    for run, (rows, task) in RUNS.items():
        tfclf.train(
            tfclf.Job(
                folder / rows,
                folder / run,
                task=task,
                model=folder / "encoder",
                recipe=recipe,
                validation_share=0.25,
            )
        )
    return folder


def enter(world: Path, folder: Path) -> None:
    """Gives a folder all that a world has; what is large is linked."""
    for path in world.iterdir():
        if path.is_dir():
            (folder / path.name).symlink_to(path)
        else:
            shutil.copy(path, folder)


def copy_of(source: str, *changes: Callable[[Path], object]) -> Callable[[Path], None]:
    """Returns what copies a folder of the world and damages the copy."""

    def make(path: Path) -> None:
        shutil.copytree(os.path.realpath(path.parent / source), path)
        for change in changes:
            change(path)

    return make
