import random

import keras
import numpy as np
import pytest

import tfclf
from tfclf.diagnosis.evidence.batch import Batch
from tfclf.diagnosis.evidence.model import _short, read_model

INPUTS = np.random.default_rng(3).normal(size=(7, 5)).astype("float32")
IDS = np.array([0, 1, 2, 0, 1, 2, 1])
HOT = np.eye(3, dtype="float32")[IDS]
Losses, Layers = keras.losses, keras.layers


def sequential(activation=None, units=3, dtype=None, offset=0.0):
    """One dense layer whose weights are known: kernel from a fixed draw, bias ``offset``."""
    layer = Layers.Dense(units, activation=activation, dtype=dtype)
    model = keras.Sequential([keras.Input((5,)), layer], name="classifier")
    kernel = np.random.default_rng(4).normal(size=(5, units))
    layer.set_weights([kernel, np.full(units, offset)])
    return model


def logits_of(model):
    kernel, bias = model.layers[-1].get_weights()
    return INPUTS.astype("float64") @ kernel + bias


class Silent(keras.Model):
    """A softmax behind dropout, without weights until it is called."""

    def __init__(self):
        super().__init__(name="silent")
        self.dense, self.dropout = Layers.Dense(3), Layers.Dropout(0.4)

    def call(self, inputs, training=None):
        return keras.ops.softmax(self.dense(self.dropout(inputs, training=training)))


class Sized(keras.Model):
    """Takes an argument that Keras does not write down."""

    def __init__(self, units=3):
        super().__init__()
        self.dense = Layers.Dense(units)

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize(
    ("activation", "expected"), [(None, "logits"), ("softmax", "softmax"), ("sigmoid", "sigmoid")]
)
def test_outputs_are_told_by_their_values(activation, expected):
    model = sequential(activation)
    found = read_model(model, Batch(INPUTS, IDS))
    assert found.gives == expected
    z = logits_of(model)
    by_hand = {
        "logits": z,
        "softmax": np.exp(z) / np.exp(z).sum(1, keepdims=True),
        "sigmoid": 1 / (1 + np.exp(-z)),
    }
    np.testing.assert_allclose(found.outputs, by_hand[expected], atol=1e-5)
    assert found.outputs.dtype == np.float64
    assert (found.num_outputs, found.several_outputs) == (3, ())


def test_logits_that_happen_to_lie_between_0_and_1_are_logits():
    model = sequential(offset=0.5)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel * 1e-2, bias])  # 0.5 +- some hundredths
    found = read_model(model, Batch(INPUTS, IDS))
    assert found.outputs.min() > 0
    assert found.outputs.max() < 1
    assert found.gives == "logits"


def test_logits_of_0_are_logits():
    model = sequential()
    model.layers[-1].set_weights([np.zeros((5, 3)), np.zeros(3)])
    assert read_model(model, Batch(INPUTS)).gives == "logits"


def test_a_saturated_sigmoid_is_no_softmax_over_one_unit():
    # 50 is so far up that float32 says exactly 1.
    saturated = sequential("sigmoid", units=1, offset=50.0)
    assert read_model(saturated, Batch(INPUTS)).outputs.min() == 1
    assert read_model(saturated, Batch(INPUTS)).gives is None
    assert read_model(sequential("softmax", units=1), Batch(INPUTS)).gives == "one-unit-softmax"


def test_log_probabilities_are_logits():
    # A softmax of them gives the probabilities back.
    assert read_model(sequential("log_softmax"), Batch(INPUTS)).gives == "logits"


def mean_of_logits(y_true, y_pred):
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)


def mean_of_probabilities(y_true, y_pred):
    return keras.losses.categorical_crossentropy(y_true, y_pred)


def squares(y_true, y_pred):
    return keras.ops.mean((keras.ops.cast(y_true, y_pred.dtype) - y_pred) ** 2)


class Own(Losses.SparseCategoricalCrossentropy):
    """A subclass that changes nothing."""


LOSSES = {
    "name": ("sparse_categorical_crossentropy", "sparse", False),
    "short": ("crossentropy", "sparse", False),
    "object": (Losses.SparseCategoricalCrossentropy(from_logits=True), "sparse", True),
    "subclass": (Own(from_logits=True), "sparse", True),
    "function": (Losses.binary_crossentropy, "binary", False),
    "focal": (Losses.BinaryFocalCrossentropy(from_logits=True), "binary", True),
    "divergence": (Losses.KLDivergence(), "categorical", False),
    "ours": (tfclf.losses.SparseCategoricalFocalCrossentropy(), "sparse", True),
    "ours-ldam": (tfclf.losses.LDAMLoss([3, 2, 2]), "sparse", True),
    "ours-asymmetric": (tfclf.losses.AsymmetricLoss(), "binary", True),
    "custom-logits": (mean_of_logits, "sparse", True),
    "custom-probabilities": (mean_of_probabilities, "categorical", False),
    "custom-squares": (squares, "squared", None),
    "dict": ({"classifier": "categorical_crossentropy"}, "categorical", False),
    "list": (["mse"], "squared", None),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_says_what_it_reads(name):
    given, kind, from_logits = LOSSES[name]
    model = sequential()
    model.compile("adam", loss=given)
    loss = read_model(model, Batch(INPUTS, IDS)).loss
    assert (loss.kind, loss.from_logits) == (kind, from_logits)


def test_crossentropy_is_what_keras_takes_it_for():
    kinds = []
    for units, labels in ((3, IDS), (3, HOT), (1, IDS % 2)):
        model = sequential(units=units)
        model.compile("adam", loss="crossentropy")
        kinds.append(read_model(model, Batch(INPUTS, labels)).loss.kind)
    assert kinds == ["sparse", "categorical", "binary"]


def test_weights_and_labels_left_out_are_read_from_the_loss():
    model = sequential()
    loss = tfclf.losses.SparseCategoricalCrossentropy(class_weights=[1, 2, 4], ignore_class=-100)
    model.compile("adam", loss=loss)
    found = read_model(model, Batch(INPUTS, IDS)).loss
    assert found.class_weights == (1.0, 2.0, 4.0)
    assert found.ignores == (-100,)
    assert found.treats_imbalance


def loss_in_fit(model, loss):
    """The first loss that ``fit`` shows: one step of rate 0 over all rows."""
    model.compile(keras.optimizers.SGD(0.0), loss=loss)
    history = model.fit(INPUTS, IDS, batch_size=len(IDS), verbose=0, shuffle=False)
    return history.history["loss"][0]


REPAIRS = {
    "softmax": (dict(activation="softmax"), True),
    "sigmoid": (dict(activation="sigmoid"), True),
    "softmax in bfloat16": (dict(activation="softmax", dtype="mixed_bfloat16"), False),
}


@pytest.mark.parametrize("name", REPAIRS)
@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`")
def test_keras_finds_logits_behind_an_activation_as_fit_does(name):
    settings, expected = REPAIRS[name]
    model = sequential(**settings)
    loss = Losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss=loss)
    assert read_model(model, Batch(INPUTS, IDS)).heads[0].is_repaired is expected
    z = logits_of(model)
    by_hand = np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(7), IDS])
    right = abs(loss_in_fit(model, loss) - by_hand) < 1e-3
    assert bool(right) is expected


def test_losses_of_others_do_not_look_behind():
    model = sequential("softmax")
    model.compile("adam", loss=tfclf.losses.SparseCategoricalCrossentropy())
    assert read_model(model, Batch(INPUTS, IDS)).heads[0].is_repaired is False


def test_looking_changes_nothing():
    keras.utils.set_random_seed(5)
    model = Silent()
    model(INPUTS)
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    before, python, numpy = read_model(model).digest(), random.getstate(), np.random.get_state()
    found = read_model(model, Batch(INPUTS, IDS))
    found.forward(INPUTS, training=True)
    found.features(INPUTS)
    assert found.digest() == before
    assert random.getstate() == python
    assert np.array_equal(np.random.get_state()[1], numpy[1])
    assert not model.optimizer.built
    model.fit(INPUTS, IDS, verbose=0)
    assert found.digest() != before  # a digest that a training does not change says nothing


def test_dropout_is_drawn_anew_only_where_asked_for():
    model = Silent()
    model(INPUTS)
    found = read_model(model, Batch(INPUTS))
    still = [found.forward(INPUTS, draw=draw) for draw in (1, 2)]
    np.testing.assert_array_equal(*still)
    same = [found.forward(INPUTS, training=True, draw=1) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert np.abs(same[0] - found.forward(INPUTS, training=True, draw=2)).max() > 0.01


def test_dropout_that_never_ends_is_told_and_kept_out_of_what_the_model_gives():
    class Unending(Layers.Dropout):
        def call(self, inputs, training=False):
            return super().call(inputs, training=True)

    dropped = Unending(0.5, seed=3)
    model = keras.Sequential([keras.Input((5,)), dropped, Layers.Dense(3)])
    found = read_model(model, Batch(INPUTS, IDS))
    assert found.noise.is_more_than_rounding and found.is_steady
    expected = INPUTS @ model.layers[-1].kernel.numpy()  # what it knows; its bias is 0
    np.testing.assert_allclose(found.outputs, expected, atol=1e-5)
    np.testing.assert_allclose(found.forward(INPUTS), expected, atol=1e-5)
    assert np.abs(found.forward(INPUTS, training=True) - expected).max() > 0.01
    assert dropped.rate == 0.5


def test_a_model_without_weights_is_copied_and_stays_without():
    models = (Silent(), keras.Sequential([Layers.Dense(3)]))
    random.seed(11)
    expected = random.random()
    random.seed(11)
    for model in models:
        found = read_model(model, Batch(INPUTS, IDS))
        assert found.problems is None
        assert found.outputs.shape == (7, 3)
        assert not model.built
        assert model.weights == []
    assert random.random() == expected


def test_a_model_that_cannot_be_copied_says_so():
    # Keras writes down the default of `units`, not what it was.
    found = read_model(Sized(units=4), Batch(INPUTS, IDS))
    assert "call it on one batch first" in found.problems
    assert found.outputs is None


def test_a_model_that_fails_says_how_in_one_line():
    called = Silent()
    called(INPUTS)
    for model in (sequential(), called):
        found = read_model(model, Batch(INPUTS[:, :2], IDS))
        assert found.problems.startswith("ValueError: ")
        assert "2" in found.problems
        assert found.problems.isprintable()
    assert (found.heads, found.outputs, found.gives) == ((), None, None)


def test_what_keras_says_in_the_next_lines_is_told():
    where = "\x1b[1mException encountered when calling A.call().\x1b[0m\n\n"
    what = "\x1b[1mOperation failed\x1b[0m\n  2 is not 3  \n\nArguments:\nmore"
    error = ValueError(where + what)
    assert _short(error) == "ValueError: Operation failed 2 is not 3 Arguments:"
    assert _short(ValueError()) == "ValueError"
    assert len(_short(ValueError("x" * 400))) == len("ValueError: ") + 300


def test_several_outputs_have_their_own_losses_and_metrics():
    inputs = keras.Input((5,))
    outputs = {
        "topic": Layers.Dense(3, name="topic")(inputs),
        "spam": Layers.Dense(1, activation="sigmoid", name="spam")(inputs),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        "adam",
        loss={"topic": "sparse_categorical_crossentropy", "spam": "binary_crossentropy"},
        metrics={"spam": ["accuracy"]},
    )
    found = read_model(model, Batch(INPUTS, {"topic": IDS, "spam": IDS % 2}))
    heads = {head.name: head for head in found.heads}
    assert sorted(found.several_outputs) == ["spam", "topic"]
    assert (heads["topic"].gives, heads["spam"].gives) == ("logits", "sigmoid")
    assert (heads["topic"].loss.kind, heads["spam"].loss.kind) == ("sparse", "binary")
    assert [metric.class_name for metric in heads["spam"].metrics] == ["BinaryAccuracy"]
    assert found.outputs is None


def test_the_parts_of_an_encoder(tiny_config):
    model = tfclf.TFBertForSequenceClassification(tiny_config.replace(vocab_size=600))
    ids = np.array([[2, 7, 3], [2, 8, 3]])
    found = read_model(model, Batch({"input_ids": ids}))
    assert (found.has_encoder, found.hidden_size, found.num_layers) == (True, 12, 2)
    assert [variable.path.split("/", 1)[1] for variable in found.head_variables] == [
        "classifier/kernel",
        "classifier/bias",
    ]
    every = found.encoder_variables + found.head_variables
    assert found.num_parameters == sum(int(np.prod(v.shape)) for v in every)
    assert found.num_parameters == model.count_params()
    vectors = found.features({"input_ids": ids})
    np.testing.assert_allclose(vectors, model.bert({"input_ids": ids}).pooler_output, atol=1e-6)


def test_parts_of_a_model_that_is_nobodys():
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            Layers.Embedding(700, 8),
            Layers.LayerNormalization(),
            Layers.Dense(8),
            Layers.LayerNormalization(),
            Layers.GlobalAveragePooling1D(),
            Layers.Dense(3),
        ]
    )
    found = read_model(model, Batch(np.arange(8, dtype="int32").reshape(2, 4)))
    assert (found.has_encoder, found.hidden_size, found.num_layers) == (True, 8, 1)
    assert found.num_trainable == 700 * 8 + 4 * 8 + 8 * 8 + 8 + 8 * 3 + 3
    model.layers[0].trainable = False
    assert found.num_trainable == 4 * 8 + 8 * 8 + 8 + 8 * 3 + 3


def test_a_model_without_rows_is_read_without_being_run():
    model = sequential()
    model.compile("adam", loss="mse")
    found = read_model(model)
    assert (found.heads, found.problems, found.is_compiled) == ((), None, True)
    assert found.loss.kind == "squared"
    assert found.precision == "float32"
