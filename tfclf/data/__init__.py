"""Files -> batches: read, validate, split, labels, text rules, tokenize, bucketed tf.data."""

from tfclf.data.batches import Batch, Batches
from tfclf.data.buckets import fit_buckets
from tfclf.data.encode import EncodedRows, check_max_length, encode_rows
from tfclf.data.formats import Columns
from tfclf.data.labels import UNSEEN, LabelMap
from tfclf.data.rows import Rows, read_rows
from tfclf.data.samples import SAMPLES, write_sample
from tfclf.data.split import split_rows
from tfclf.data.text_rules import TextRules
from tfclf.data.tokenizer import Tokenizer

__all__ = [
    "SAMPLES",
    "UNSEEN",
    "Batch",
    "Batches",
    "Columns",
    "EncodedRows",
    "LabelMap",
    "Rows",
    "TextRules",
    "Tokenizer",
    "check_max_length",
    "encode_rows",
    "fit_buckets",
    "read_rows",
    "split_rows",
    "write_sample",
]
