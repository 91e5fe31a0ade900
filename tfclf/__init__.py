"""Fine-tunes BERT classifiers in Keras that do not end up predicting one label.

The rooms, in the order in which the data goes through them; a room imports only from those above:

- ``terminal``    what may be shown there
- ``errors``      the whole vocabulary of failure
- ``backend``     what Keras runs on, told before it is imported
- ``versions``    what is installed, told without importing it
- ``tasks``       one table: what distinguishes each kind of classification
- ``data``        files -> batches
- ``imbalance``   label counts -> class weights and advice
- ``models``      token ids -> logits, Hugging Face checkpoints in and out
- ``losses``      labels and logits -> the loss of each example
- ``metrics``     labels and predictions -> numbers, inside Keras
- ``training``    model, batches and recipe -> a fitted model
- ``evaluation``  fitted model -> decisions, figures, report
- ``diagnosis``   evidence -> findings: what makes a model predict one label
- ``export``      fitted model -> SavedModel with the tokenizer in the graph, ONNX, LiteRT
- ``runs``        the whole job
- ``tuning``      recipe and rows -> a better recipe: studies, the learning-rate range test
- ``estimators``  the scikit-learn face of runs
- ``cli``         one thin file a verb
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public names and the modules that have them; importing tfclf alone imports none of these.
_HOME = {
    "BertConfig": "tfclf.models",
    "Classifier": "tfclf.runs",
    "CollapseMonitor": "tfclf.diagnosis",
    "Columns": "tfclf.data",
    "Finding": "tfclf.diagnosis",
    "Head": "tfclf.tasks",
    "HeadConfig": "tfclf.models",
    "Job": "tfclf.runs",
    "LongText": "tfclf.data",
    "MacroF1Callback": "tfclf.training",
    "Recipe": "tfclf.training",
    "TFBertForMultiTask": "tfclf.models",
    "TFBertForSequenceClassification": "tfclf.models",
    "TFBertForTokenClassification": "tfclf.models",
    "TFBertModel": "tfclf.models",
    "TagRules": "tfclf.data",
    "TextClassifier": "tfclf.estimators",
    "TextRules": "tfclf.data",
    "TfclfError": "tfclf.errors",
    "diagnose": "tfclf.runs",
    "export_run": "tfclf.runs",
    "load": "tfclf.runs",
    "tokenizer_graph": "tfclf.export",
    "train": "tfclf.runs",
    "tune": "tfclf.tuning",
}
_ROOMS = (
    "data",
    "diagnosis",
    "errors",
    "estimators",
    "evaluation",
    "export",
    "imbalance",
    "losses",
    "metrics",
    "models",
    "runs",
    "tasks",
    "training",
    "tuning",
)

__all__ = [*_HOME, *_ROOMS, "__version__"]

if TYPE_CHECKING:  # what __getattr__ gives, for type checkers and editors
    from tfclf.data import Columns as Columns
    from tfclf.data import LongText as LongText
    from tfclf.data import TagRules as TagRules
    from tfclf.data import TextRules as TextRules
    from tfclf.diagnosis import CollapseMonitor as CollapseMonitor
    from tfclf.diagnosis import Finding as Finding
    from tfclf.errors import TfclfError as TfclfError
    from tfclf.estimators import TextClassifier as TextClassifier
    from tfclf.export import tokenizer_graph as tokenizer_graph
    from tfclf.models import BertConfig as BertConfig
    from tfclf.models import HeadConfig as HeadConfig
    from tfclf.models import TFBertForMultiTask as TFBertForMultiTask
    from tfclf.models import TFBertForSequenceClassification as TFBertForSequenceClassification
    from tfclf.models import TFBertForTokenClassification as TFBertForTokenClassification
    from tfclf.models import TFBertModel as TFBertModel
    from tfclf.runs import Classifier as Classifier
    from tfclf.runs import Job as Job
    from tfclf.runs import diagnose as diagnose
    from tfclf.runs import export_run as export_run
    from tfclf.runs import load as load
    from tfclf.runs import train as train
    from tfclf.tasks import Head as Head
    from tfclf.training import MacroF1Callback as MacroF1Callback
    from tfclf.training import Recipe as Recipe
    from tfclf.tuning import tune as tune


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _ROOMS:
        return import_module(f"tfclf.{name}")
    raise AttributeError(f"module 'tfclf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
