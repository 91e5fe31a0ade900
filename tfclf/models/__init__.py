"""Token ids -> logits: configuration, encoder, heads, and Hugging Face checkpoints in and out."""

from tfclf.models.bert_model import TFBertModel
from tfclf.models.checkpoint_reader import open_checkpoint
from tfclf.models.checkpoint_writer import replace_file
from tfclf.models.config import BertConfig, default_labels
from tfclf.models.hub import resolve
from tfclf.models.loading import LoadReport, stored_labels
from tfclf.models.main_layer import BertMainLayer, BertOutput
from tfclf.models.pretrained import PretrainedModel
from tfclf.models.sequence_classification import TFBertForSequenceClassification

__all__ = [
    "BertConfig",
    "BertMainLayer",
    "BertOutput",
    "LoadReport",
    "PretrainedModel",
    "TFBertForSequenceClassification",
    "TFBertModel",
    "default_labels",
    "open_checkpoint",
    "replace_file",
    "resolve",
    "stored_labels",
]
