"""Every disease that can be planted in a healthy small training, and by what name it is known."""

from dataclasses import dataclass

from tests.zoo.changes import (
    Change,
    capitals,
    changed,
    contradicted,
    emptied,
    half_annotated,
    header_as_row,
    heavy_class,
    leaked,
    narrow,
    never_positive,
    one_label,
    one_unit,
    other_alphabet,
    own_head,
    placeholder_names,
    rare_labels,
    renumbered,
    repeated,
    scattered,
    unseen_label,
)

SINGLE, MULTI, PAIRS = "single-label", "multi-label", "pairs"
REGRESSION, TOKEN = "regression", "token"
ONE_OF_SEVERAL = (SINGLE, PAIRS)
TEXTS = (SINGLE, PAIRS, MULTI, REGRESSION)
ALL = (*TEXTS, TOKEN)
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Disease:
    """Something wrong that users have reported.

    Attributes:
        name: Its name in the zoo.
        report: The public thread, or what is known of it.
        change: Plants it in a healthy setting.
        expected: Names of findings, any of which names it.
        kinds: Kinds of trainings that can have it, the one to try first in front.
        pretrained: Whether it shows on a real pretrained encoder only.
        least: Mildest severity that does it justice.
    """

    name: str
    report: str
    change: Change
    expected: tuple[str, ...]
    kinds: tuple[str, ...] = ALL
    pretrained: bool = False
    least: str = "warning"


RATE, LOW = "learning-rate-too-high", "learning-rate-too-low"

# fmt: off
_RATES = [
    Disease("rate of Adam's default", "CyberZHG/keras-bert#53",
            changed(optimizer="adam", rate=1e-3, schedule="constant"), (RATE,), pretrained=True),
    Disease("rate far too high", "huggingface/transformers#735",
            changed(rate=1e-2), (RATE,), pretrained=True),
    Disease("rate far too low", "AutoIntent#324",
            changed(rate=1e-8), (LOW,)),
    Disease("warm-up without end", "huggingface/transformers#218",
            changed(warmup_share=10.0), ("schedule-never-peaks", LOW)),
    Disease("schedule for half the steps", "setfit#137",
            changed(schedule_share=0.5), ("schedule-ends-early",)),
    Disease("rate below zero", "huggingface/transformers#324",
            changed(schedule="unclipped", schedule_share=0.5), ("schedule-negative",)),
    Disease("plain SGD", "huggingface/transformers#3456",
            changed(optimizer="sgd", rate=1e-3), ("unsuited-optimizer",)),
    Disease("Adagrad", "arXiv 2006.05987 on optimizers",
            changed(optimizer="adagrad", rate=1e-3), ("unsuited-optimizer",)),
    Disease("heavy weight decay", "arXiv 2006.05987",
            changed(weight_decay=0.5), ("unsuited-optimizer",)),
    Disease("L2 with Adam", "codertimo/BERT-pytorch#32",
            changed(penalty=0.01, optimizer="adam"), ("unsuited-optimizer",)),
    Disease("a handful of steps", "google-research/bert#688",
            changed(epochs=1, batch_size=32), ("too-few-steps",)),
    Disease("batches of two", "biobert#44",
            changed(batch_size=2), ("batch-too-small",)),
]

_HEADS = [
    Disease("loss by its name", "huggingface/transformers#3389",
            changed(loss="by name"), ("logits-read-as-probabilities",), ONE_OF_SEVERAL),
    Disease("binary loss of logits", "tensorflow/docs#2102",
            changed(from_logits=False), ("logits-read-as-probabilities",), (MULTI,)),
    Disease("token loss of logits", "huggingface/transformers#3389",
            changed(from_logits=False), ("logits-read-as-probabilities",), (TOKEN,)),
    Disease("probabilities as logits", "keras#15271",
            own_head("softmax by hand"), ("probabilities-read-as-logits",), ONE_OF_SEVERAL),
    Disease("softmax over one unit", "keras#12865",
            one_unit, ("softmax-over-one-unit",), (SINGLE,)),
    Disease("sigmoid for one of several", "BERTVision#96",
            own_head("sigmoid", from_logits=False), ("activation-mismatch",), ONE_OF_SEVERAL),
    Disease("softmax for several labels", "BERTVision#96",
            own_head("softmax", from_logits=False), ("activation-mismatch",), (MULTI,)),
    Disease("metric of probabilities on logits", "huggingface/transformers#10075",
            changed(metrics="threshold of probabilities"), ("metric-reads-logits",), (MULTI,)),
    Disease("softmax over the batch", "simpletransformers#203",
            own_head("softmax over the batch", from_logits=False),
            ("softmax-over-batch",), ONE_OF_SEVERAL),
    Disease("dropout that never ends", "huggingface/transformers#695",
            changed(own_head=True, dropout_always=True), ("dropout-at-inference",)),
    Disease("dropout of 0.7", "huggingface/transformers#679",
            changed(dropout=0.7), ("dropout-high",)),
    Disease("large logits at the start", "fast-bert#18",
            changed(damage="large logits"), ("loss-at-start",), ONE_OF_SEVERAL, pretrained=True),
]

_WEIGHTS = [
    Disease("weights never loaded", "huggingface/transformers#4036",
            changed(loaded="nothing"), ("weights-not-loaded",), pretrained=True),
    Disease("pooler never loaded", "spacy-transformers#11",
            changed(loaded="all but the pooler"), ("pooler-not-loaded",), TEXTS, pretrained=True),
    Disease("a weight is no number", "EuroEval#106",
            changed(damage="not a number"), ("not-finite",)),
    Disease("pure float16", "huggingface/transformers#9160",
            changed(precision="float16"), ("fp16-without-loss-scaling", "not-finite")),
    Disease("frozen encoder", "CyberZHG/keras-bert#108",
            changed(frozen="encoder"), ("encoder-frozen",), pretrained=True),
    Disease("frozen head", "huggingface/transformers#400",
            changed(frozen="head"), ("nothing-trains",)),
    Disease("nothing trains", "huggingface/transformers#400",
            changed(frozen="everything"), ("nothing-trains",)),
    Disease("one vector for every text", "huggingface/transformers#735",
            changed(damage="dead pooler"), ("constant-outputs",), TEXTS),
    Disease("saturated pooler", "arXiv 2006.04884",
            changed(damage="saturated pooler"),
            ("vanishing-gradients", "loss-at-start", "learning-rate-too-high"), TEXTS),
]

_INPUTS = [
    Disease("no attention mask", "german-sentiment#11",
            changed(mask="none"), ("attention-mask-missing", "padding-changes-predictions")),
    Disease("mask of ones", "yg211/bert_nli#3",
            changed(mask="ones"), ("attention-mask-missing", "padding-changes-predictions")),
    Disease("no segment ids", "huggingface/transformers#3456",
            changed(types="none"), ("segment-ids-missing",), (PAIRS,)),
    Disease("segment ids of zeros", "huggingface/transformers#3456",
            changed(types="zeros"), ("segment-ids-missing",), (PAIRS,)),
    Disease("shuffled vocabulary", "huggingface/transformers#328",
            changed(vocabulary="shuffled"), ("tokenizer-mismatch",), pretrained=True),
    Disease("vocabulary too large", "bert-for-tf2#28",
            changed(vocabulary="too large"), ("tokenizer-mismatch",), pretrained=True),
    Disease("vocabulary of another domain", "covid-twitter-bert#5",
            changed(vocabulary="of another domain"),
            ("unknown-tokens", "tokenizer-mismatch"), pretrained=True),
    Disease("capitals before an uncased vocabulary", "huggingface/transformers#343",
            capitals, ("casing-mismatch", "unknown-tokens")),
    Disease("letters that the vocabulary lacks", "covid-twitter-bert#5",
            other_alphabet, ("unknown-tokens",)),
    Disease("cut texts", "google-research/bert#1224",
            narrow, ("truncation",), (SINGLE, MULTI, REGRESSION)),
    Disease("SMOTE on ids", "imbalanced-learn on token ids",
            changed(ids="interpolated"), ("interpolated-ids",), ONE_OF_SEVERAL),
]

_PIPELINES = [
    Disease("sorted labels", "google-research/bert#154",
            changed(order="sorted", shuffle=False), ("sorted-labels",), ONE_OF_SEVERAL),
    Disease("sorted labels and a small buffer", "keras-hub#1592",
            changed(order="sorted", buffer=16),
            ("small-shuffle-buffer", "sorted-labels"), ONE_OF_SEVERAL),
    Disease("the same order each time", "tensorflow/models#4215",
            changed(reshuffle=False), ("frozen-order",), least="note"),
    Disease("a cache behind the shuffle", "simpletransformers#389",
            changed(cache="behind the shuffle"), ("stale-cache", "frozen-order"), least="note"),
    Disease("endless", "tf.data repeat without steps_per_epoch",
            changed(endless=True), ("pipeline-infinite",), least="note"),
    Disease("autotuning on", "tf.data's default: its thread is joined at the end of a pass",
            changed(autotune=True), ("autotune-stall",), least="note"),
    Disease("not batched", "keras on scalar labels",
            changed(batched=False), ("pipeline-unbatched",)),
    Disease("no labels", "keras on a data set of inputs",
            changed(labelled=False), ("no-labels",)),
    Disease("a record that cannot be read", "tf.data on broken records",
            changed(breaks=True), ("pipeline-raises",)),
    Disease("rare labels", "simpletransformers#18",
            rare_labels, ("class-imbalance",), ONE_OF_SEVERAL),
    Disease("a label without positives", "fast-bert#52",
            never_positive, ("class-imbalance", "unseen-labels"), (MULTI,)),
    Disease("only one label", "huggingface/transformers#7371",
            one_label("train"), ("one-label-only",), ONE_OF_SEVERAL),
    Disease("validation of one label", "TextAttack#628",
            one_label("validation"), ("one-label-only",), ONE_OF_SEVERAL),
    Disease("labels that training lacks", "simpletransformers#667",
            unseen_label, ("unseen-labels",), ONE_OF_SEVERAL),
    Disease("rows on both sides", "imbalanced-learn RandomOverSampler before the split",
            leaked, ("leakage",)),
    Disease("equal texts, other labels", "label noise by duplicates",
            contradicted, ("conflicting-labels",), ONE_OF_SEVERAL),
    Disease("rows twice", "label noise by duplicates",
            repeated, ("duplicate-rows",), least="note"),
    Disease("empty texts", "label files with empty cells",
            emptied, ("empty-texts",), (SINGLE, MULTI, REGRESSION)),
]

_LABELS = [
    Disease("labels from one", "tensorflow#8484",
            changed(labels="from one"), ("labels-out-of-range",), ONE_OF_SEVERAL),
    Disease("a label of -1", "huggingface/transformers#4699",
            changed(labels="minus one"), ("labels-out-of-range",), ONE_OF_SEVERAL),
    Disease("-100 in a loss that counts it", "huggingface/transformers#5395",
            changed(ignored=None), ("labels-out-of-range",), (TOKEN,)),
    Disease("one-hot with a sparse loss", "keras on shapes of labels",
            changed(labels="one-hot"), ("labels-do-not-fit-loss",), ONE_OF_SEVERAL),
    Disease("ids with a categorical loss", "keras on shapes of labels",
            changed(loss="categorical"), ("labels-do-not-fit-loss",), ONE_OF_SEVERAL),
    Disease("labels of strings", "keras on labels of strings",
            changed(labels="strings"), ("labels-do-not-fit-loss",), ONE_OF_SEVERAL),
    Disease("class weights as a list", "tensorflow#40457",
            changed(class_weight=[1.0, 2.0, 3.0]), ("class-weight-ignored",), ONE_OF_SEVERAL),
    Disease("class weights of other ids", "keras#16311",
            changed(class_weight={0: 1.0, 99: 2.0}), ("class-weight-ignored",), ONE_OF_SEVERAL),
    Disease("class weights of 1e12", "CodeBERT#64",
            heavy_class, ("class-weights-extreme",), ONE_OF_SEVERAL),
    Disease("row weights of 1e6", "CodeBERT#64",
            changed(sample_weight="extreme"), ("class-weights-extreme",), ONE_OF_SEVERAL),
    Disease("targets in thousands", "regression with a fresh head",
            changed(labels="thousands"), ("targets-not-scaled",), (REGRESSION,)),
    Disease("labels of another column", "labels that the text does not carry",
            scattered, ("text-carries-no-label",), (SINGLE,)),
    Disease("a header among the rows", "BERT-Classification-Tutorial#11",
            header_as_row, ("header-as-row",), (SINGLE,)),
    Disease("labels called after their ids", "ProsusAI/finBERT#17",
            placeholder_names, ("label-map-mismatch",), (SINGLE,), least="note"),
    Disease("padding has a label", "huggingface/transformers#8471",
            changed(tag_of_padding=0), ("padding-labelled",), (TOKEN,)),
    Disease("special tokens have labels", "huggingface/transformers#323",
            changed(tag_of_specials=0), ("tags-on-special-tokens",), (TOKEN,)),
    Disease("tags by words, ids by pieces", "huggingface/transformers#422",
            changed(alignment="words"), ("tags-misaligned",), (TOKEN,)),
]

# Seen on a model that has been trained: the answers and the figures of the epochs.
_OUTCOMES = [
    Disease("trained into one label", "simpletransformers#202",
            changed(fitted=2, damage="dead pooler", frozen="encoder"),
            ("predicts-one-label",), (SINGLE,)),
    Disease("loss that is no number", "huggingface/transformers#9160",
            changed(optimizer="sgd", rate=1e38, schedule="constant", fitted=2),
            ("loss-not-finite", "not-finite"), (SINGLE, MULTI, REGRESSION)),
    Disease("thresholds never reached", "simpletransformers#234",
            half_annotated, ("threshold-never-reached", "empty-predictions"), (MULTI,)),
    Disease("one number for every text", "regression that says the mean",
            changed(fitted=2, damage="dead pooler", frozen="encoder"),
            ("predictions-constant",), (REGRESSION,)),
    Disease("validation labels in another order", "SO 68245616",
            renumbered, ("labels-permuted",), (SINGLE,)),
]

# fmt: on
DISEASES = {
    disease.name: disease
    for some in (_RATES, _HEADS, _WEIGHTS, _INPUTS, _PIPELINES, _LABELS, _OUTCOMES)
    for disease in some
}
