"""Token ids -> logits: configuration, encoder, heads, and Hugging Face checkpoints in and out."""

from tfclf.models.bert_model import TFBertModel
from tfclf.models.checkpoint_reader import open_checkpoint
from tfclf.models.config import BertConfig, check_config, default_labels
from tfclf.models.convert_checkpoint import Converted, convert_checkpoint
from tfclf.models.head_config import HeadConfig
from tfclf.models.hub import resolve
from tfclf.models.loading import LoadReport, StoredHead, stored_head
from tfclf.models.main_layer import BertMainLayer, BertOutput, unpack_inputs
from tfclf.models.multi_task import TFBertForMultiTask
from tfclf.models.pretrained import PretrainedModel
from tfclf.models.sequence_classification import TFBertForSequenceClassification
from tfclf.models.token_classification import TFBertForTokenClassification
from tfclf.models.whole_files import new_folder, replace_file, write_json
from tfclf.models.windows import pooled_over_windows

__all__ = [
    "BertConfig",
    "BertMainLayer",
    "BertOutput",
    "Converted",
    "HeadConfig",
    "LoadReport",
    "PretrainedModel",
    "StoredHead",
    "TFBertForMultiTask",
    "TFBertForSequenceClassification",
    "TFBertForTokenClassification",
    "TFBertModel",
    "check_config",
    "convert_checkpoint",
    "default_labels",
    "new_folder",
    "open_checkpoint",
    "pooled_over_windows",
    "replace_file",
    "resolve",
    "stored_head",
    "unpack_inputs",
    "write_json",
]
