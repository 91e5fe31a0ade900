"""Files -> batches: read, validate, split, labels, text rules, tokenize, bucketed tf.data."""

from tfclf.data.batches import Batch, Batches, copy_numbers
from tfclf.data.buckets import fit_buckets
from tfclf.data.columns import ONLY_HEAD, Columns
from tfclf.data.encode import EncodedRows, check_max_length, encode_rows
from tfclf.data.labels import UNSEEN, LabelMap
from tfclf.data.long_text import LongText
from tfclf.data.row_labels import (
    SUBWORDS,
    LabelIds,
    MultiHot,
    Numbers,
    RowLabels,
    TagIds,
    row_labels,
)
from tfclf.data.rows import Rows, read_rows
from tfclf.data.samples import SAMPLES, write_sample
from tfclf.data.split import fold_rows, split_rows
from tfclf.data.tag_rules import TagRules
from tfclf.data.targets import Target
from tfclf.data.text_rules import TextRules
from tfclf.data.tokenizer import Tokenizer

__all__ = [
    "ONLY_HEAD",
    "SAMPLES",
    "SUBWORDS",
    "UNSEEN",
    "Batch",
    "Batches",
    "Columns",
    "EncodedRows",
    "LabelIds",
    "LabelMap",
    "LongText",
    "MultiHot",
    "Numbers",
    "RowLabels",
    "Rows",
    "TagIds",
    "TagRules",
    "Target",
    "TextRules",
    "Tokenizer",
    "check_max_length",
    "copy_numbers",
    "encode_rows",
    "fit_buckets",
    "read_rows",
    "row_labels",
    "fold_rows",
    "split_rows",
    "write_sample",
]
