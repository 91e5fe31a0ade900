"""Checkpoints that are damaged, of another architecture, or at odds with themselves."""

import numpy as np

from tests.bad_inputs.bad_input import BadInput
from tests.bad_inputs.cases.damage import (
    Change,
    a_folder,
    cut,
    edited,
    holding,
    replaced,
    with_tensors,
    without,
)
from tests.bad_inputs.world import copy_of

CONFIG, WEIGHTS, VOCABULARY = "broken/config.json", "broken/model.safetensors", "broken: "
WORDS = "bert.embeddings.word_embeddings.weight"
AGAIN = "Fetch it again"
CORRECT = "Fetch the file again, or correct it."
OTHER_MODEL = "The checkpoint is not of the model that its config.json describes."
COPY_AGAIN = "Copy the tokenizer files of the checkpoint into this folder."
SAME_CHECKPOINT = "Use the tokenizer that the checkpoint was trained with."
CONVERT = "Convert it where its libraries are installed"
NO_WEIGHTS = without("model.safetensors")


def damaged(name: str, place: str, remedy: str, *changes: Change) -> BadInput:
    return BadInput(f"checkpoint: {name}", "train good.csv --model broken", place, remedy,
                    {"broken": copy_of("encoder", *changes)})  # fmt: skip


def config(key: str, value: object, remedy: str = CORRECT, place: str = "") -> BadInput:
    change = edited("config.json", **{key: value})
    return damaged(f"{key} is {value!r}", place or f"{CONFIG}: {key}", remedy, change)


CONFIGS = [
    damaged("no config.json", "broken: no checkpoint", "save_pretrained wrote",
            without("config.json")),
    damaged("empty config.json", CONFIG, AGAIN, holding("config.json", "")),
    damaged("config.json is a list", CONFIG, AGAIN, holding("config.json", "[]")),
    damaged("config.json is cut", CONFIG, AGAIN, cut("config.json", 40)),
    damaged("config.json is binary", CONFIG, AGAIN, holding("config.json", b"\xff\0")),
    damaged("config.json is YAML", CONFIG, AGAIN, holding("config.json", "model_type: bert\n")),
    damaged("config.json is a folder", "broken: no checkpoint", "save_pretrained wrote",
            a_folder("config.json")),
    *(config("model_type", kind, "tfclf holds BERT encoders")
      for kind in ("roberta", "distilbert", "albert", "gpt2", "t5", "BERT", 3)),
    *(config("hidden_size", size) for size in (0, -12, "12", 12.0, 13)),
    config("hidden_size", 15, OTHER_MODEL, WEIGHTS),
    config("num_attention_heads", 5, place=f"{CONFIG}: hidden_size 12 is not a multiple"),
    config("num_hidden_layers", 0),
    config("num_hidden_layers", 2, OTHER_MODEL, WEIGHTS),
    config("num_hidden_layers", 10**9),
    config("vocab_size", True),
    config("vocab_size", 64, OTHER_MODEL, WEIGHTS),
    config("vocab_size", 10**12),
    config("intermediate_size", 18, OTHER_MODEL, WEIGHTS),
    config("max_position_embeddings", 40, OTHER_MODEL, WEIGHTS),
    config("type_vocab_size", 1, OTHER_MODEL, WEIGHTS),
    config("hidden_act", "swish9"),
    *(config("hidden_dropout_prob", rate) for rate in (1, -0.1, "x")),
    config("classifier_dropout", 2),
    *(config("layer_norm_eps", number) for number in (0, "1e-12", -1e-12)),
    config("initializer_range", float("nan")),
    config("position_embedding_type", "relative_key", "BERT encoders"),
    config("is_decoder", True, "BERT encoders"),
    config("pruned_heads", {"0": [1]}, "BERT encoders"),
    config("quantization_config", {"bits": 4}, "BERT encoders"),
    config("id2label", {"0": "a", "2": "b"}),
    config("id2label", ["a"]),
    config("id2label", {"0": "a", "1": "a"}, place=f"{CONFIG}: expected at least one label"),
    config("num_labels", 3, "Correct one of them"),
    config("problem_type", "poem"),
    config("lora_rank", 8, "ignore_config_keys", f"{CONFIG}: unknown key 'lora_rank'"),
    config("pad_token_id", -1),
    config("pad_token_id", 5, SAME_CHECKPOINT, VOCABULARY),
    config("architectures", "x"),
    config("architectures", [3]),
    config("heads", {"a": 1}),
]  # fmt: skip

FILES = [
    damaged("no weights", "broken: no weights", "save_pretrained wrote", NO_WEIGHTS),
    damaged("weights are a folder", "broken: no weights", "save_pretrained",
            a_folder("model.safetensors")),
    damaged("weights are empty", WEIGHTS, AGAIN, holding("model.safetensors", b"")),
    damaged("weights are cut", WEIGHTS, AGAIN, cut("model.safetensors", 5_000)),
    damaged("weights are cut in the header", WEIGHTS, AGAIN, cut("model.safetensors", 20)),
    damaged("weights are a web page", WEIGHTS, AGAIN, holding("model.safetensors",
                                                              "<html></html>")),
    damaged("weights are a pointer", WEIGHTS, AGAIN,
            holding("model.safetensors", "version https://git-lfs.github.com/spec/v1\n")),
    *(damaged(f"{name} alone", f"broken/{name}", CONVERT, NO_WEIGHTS, holding(name, b"\x80\x04"))
      for name in ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt",
                   "flax_model.msgpack", "bert_model.ckpt.index", "saved_model.pb")),
    damaged("HDF5 that is none", "broken/tf_model.h5", AGAIN, NO_WEIGHTS, holding("tf_model.h5",
                                                                                  "abc")),
    *(damaged(f"an index with {name}", "broken/model.safetensors.index.json", remedy, NO_WEIGHTS,
              holding("model.safetensors.index.json", text))
      for name, text, remedy in (
          ("a file that is not there", '{"weight_map": {"a": "x.safetensors"}}',
           "Fetch the missing"),
          ("a file elsewhere", '{"weight_map": {"a": "../encoder/model.safetensors"}}', AGAIN),
          ("no map", "{}", AGAIN), ("no JSON", "[", AGAIN))),
]  # fmt: skip

TENSORS = [
    damaged(name, WEIGHTS, remedy, with_tensors(change))
    for name, remedy, change in (
        ("NaN", "take another checkpoint", lambda s: s | {WORDS: s[WORDS] * np.nan}),
        ("int8", "quantised", lambda s: s | {WORDS: s[WORDS].astype("i1")}),
        ("uint8", "quantised", lambda s: s | {WORDS: s[WORDS].astype("u1")}),
        ("no embeddings", OTHER_MODEL, lambda s: {k: v for k, v in s.items() if k != WORDS}),
        ("one too many", OTHER_MODEL, lambda s: s | {"bert.extra": s[WORDS]}),
        ("none", OTHER_MODEL, lambda s: {}),
        ("names of RoBERTa", OTHER_MODEL,
         lambda s: {k.replace("bert.", "roberta."): v for k, v in s.items()}),
        ("transposed", OTHER_MODEL, lambda s: s | {WORDS: np.ascontiguousarray(s[WORDS].T)}),
        ("zeros", "never trained", lambda s: {k: v * 0 for k, v in s.items()}),
    )
]  # fmt: skip

TOKENIZERS = [
    damaged("no tokenizer", VOCABULARY + "no tokenizer", COPY_AGAIN, without("vocab.txt")),
    damaged("vocabulary is a folder", VOCABULARY, COPY_AGAIN, a_folder("vocab.txt")),
    damaged("vocabulary is empty", VOCABULARY, COPY_AGAIN, holding("vocab.txt", "")),
    damaged("vocabulary is short", VOCABULARY, SAME_CHECKPOINT, cut("vocab.txt", 150)),
    damaged("vocabulary is long", VOCABULARY, SAME_CHECKPOINT, replaced("vocab.txt", "film",
                                                                        "film\nmore")),
    damaged("vocabulary in Latin-1", VOCABULARY, COPY_AGAIN, holding("vocab.txt",
                                                                     b"[PAD]\n\xe9\n")),
    damaged("vocabulary with a mark", VOCABULARY, SAME_CHECKPOINT, replaced("vocab.txt", "[PAD]",
                                                                            "\ufeff[PAD]")),
    *(damaged(f"vocabulary without {token}", VOCABULARY, SAME_CHECKPOINT,
              replaced("vocab.txt", f"[{token}]", token)) for token in ("CLS", "SEP", "UNK",
                                                                        "PAD")),
    damaged("vocabulary of another order", VOCABULARY, SAME_CHECKPOINT,
            replaced("vocab.txt", "[PAD]\n[UNK]", "[UNK]\n[PAD]")),
    *(damaged(f"{name} is {what}", f"broken/{name}", AGAIN, holding(name, text))
      for name in ("tokenizer.json", "tokenizer_config.json")
      for what, text in (("cut", "{"), ("a list", "[]"), ("binary", b"\xff"))),
    damaged("tokenizer.json holds nothing", VOCABULARY, COPY_AGAIN, holding("tokenizer.json",
                                                                            "{}")),
    damaged("a NoSuchTokenizer", VOCABULARY, COPY_AGAIN,
            holding("tokenizer_config.json", '{"tokenizer_class": "NoSuchTokenizer"}')),
    BadInput("checkpoint: a RobertaTokenizer", "train good.csv --model broken", VOCABULARY,
             "BERT tokenizer", {"broken": copy_of("encoder", holding("tokenizer_config.json",
             '{"tokenizer_class": "RobertaTokenizer"}'))}, is_slow=True),
    BadInput("checkpoint: more vectors than tokens", "train good.csv --model broken", VOCABULARY,
             SAME_CHECKPOINT, {"broken": copy_of("encoder", edited("config.json", vocab_size=68),
             with_tensors(lambda s: s | {WORDS: np.vstack([s[WORDS], s[WORDS][:3]])}))}),
    BadInput("checkpoint: fewer vectors than tokens", "train good.csv --model broken", VOCABULARY,
             SAME_CHECKPOINT, {"broken": copy_of("encoder", edited("config.json", vocab_size=62),
             with_tensors(lambda s: s | {WORDS: s[WORDS][:62]}))}),
]  # fmt: skip

NAMES = [
    BadInput(f"model: {name}", f"train good.csv --model {name}", place, remedy)
    for name, place, remedy in (
        ("./nowhere", "./nowhere: no such folder", "give a folder"),
        ("a/b/c", "a/b/c: no such folder", "give a folder"),
        ("-", "-: no such folder", "give a folder"),
        ("", "the name of the model is ''", "give a folder"),
        ("\u2423", "the name of the model is ' '", "give a folder"),
        ("good.csv", "good.csv: expected a folder", "Give the folder that it lies in."),
        ("token-run", "token-run/model.safetensors", "--new-head"),
        ("a" * 300, "no such folder", "give a folder"),
    )
] + [
    BadInput("model: of another task",
             "train good.csv --model run --task multi-label --label label",
             "run: the head is for single_label_classification", "--new-head"),
    BadInput("model: of another width", "train good.csv --model run --mlp-head 5",
             "run/model.safetensors", "--new-head"),
    BadInput("model: of other labels", "train made.csv --model run --validation-share 0",
             "run: the head has 3 labels", "--new-head"),
]  # fmt: skip

CHECKPOINTS = [*CONFIGS, *FILES, *TENSORS, *TOKENIZERS, *NAMES]
