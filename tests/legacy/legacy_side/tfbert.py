"""What the real TFBert makes of a checkpoint of ours."""

import numpy as np
import tensorflow as tf
import tf_keras
import transformers

STEPS = 10
# Rates at which losses fall. At 0.05 the squared error of a case grows from 1 to 1e7 in ten steps,
# and a change of its weights by 1e-7 to one of its losses by 5e-3.
OPTIMIZERS = {
    "sgd": lambda: tf_keras.optimizers.SGD(0.01),
    "adam": lambda: tf_keras.optimizers.Adam(1e-3, epsilon=1e-7),
}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MANY_FILES = "20KB"  # less than any of the models has


def answer(question: dict, arrays: dict, folder) -> dict:
    """Reads the checkpoint in ``ours``, runs and trains it, and writes checkpoints of its own.

    Args:
        question: ``class``, the name of a class of transformers.
        arrays: The inputs of the model, and ``targets``.
        folder: Where ``ours`` is, and where ``h5``, ``safetensors`` and ``sharded`` are made.

    Returns:
        Outputs; where there is a head, the loss, ``gradient:NAME`` of every weight, and losses and
        logits of ten steps with each optimizer; ``not_loaded``, names that did not match.
    """
    model, info = getattr(transformers, question["class"]).from_pretrained(
        folder / "ours", output_loading_info=True
    )
    inputs = {name: tf.constant(arrays[name]) for name in INPUTS if name in arrays}
    mismatched = [name for names in info.values() for name in names]
    found = {"not_loaded": np.array([str(name) for name in mismatched], "U")}
    model.save_pretrained(folder / "h5")
    model.save_pretrained(folder / "safetensors", safe_serialization=True)
    model.save_pretrained(folder / "sharded", safe_serialization=True, max_shard_size=MANY_FILES)
    encoded = model.bert(inputs, training=False)
    found["last_hidden_state"] = encoded.last_hidden_state
    if encoded.pooler_output is not None:
        found["pooler_output"] = encoded.pooler_output
    if question["class"] == "TFBertModel":
        return found
    found["logits"] = model(inputs, training=False).logits
    loss_of = loss_function(model, inputs, tf.constant(arrays["targets"]))
    return found | gradients(model, loss_of) | trajectories(model, inputs, loss_of)


def loss_function(model, inputs, targets):
    """Returns the function of nothing that gives the loss as users of TFBert have had it.

    It is Hugging Face's own, which depends on the class and on the number of labels; of several
    labels a text, which it does not know, it is that of Keras.
    """
    if model.config.problem_type == "multi_label_classification":
        loss = tf_keras.losses.BinaryCrossentropy(from_logits=True)
        return lambda: loss(targets, model(inputs, training=True).logits)
    return lambda: tf.reduce_mean(model(inputs, labels=targets, training=True).loss)


def gradients(model, loss_of) -> dict:
    """Returns the loss and its gradient by every weight, tables dense, by the names of weights."""
    with tf.GradientTape() as tape:
        loss = loss_of()
    found = tape.gradient(loss, model.trainable_weights)
    named = {"loss": loss}
    for weight, gradient in zip(model.trainable_weights, found, strict=True):
        name = weight.name.split("/", 1)[1].removesuffix(":0")  # without that of the model
        named[f"gradient:{name}"] = tf.convert_to_tensor(gradient)
    return named


def trajectories(model, inputs, loss_of) -> dict:
    """Returns the losses before each of ten steps, and the logits after them."""
    start, found = model.get_weights(), {}
    for name, make in OPTIMIZERS.items():
        model.set_weights(start)
        optimizer, losses = make(), []
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                loss = loss_of()
            slopes = tape.gradient(loss, model.trainable_weights)
            optimizer.apply_gradients(zip(slopes, model.trainable_weights, strict=True))
            losses.append(float(loss))
        found[f"{name}_losses"] = np.array(losses, "float32")
        found[f"{name}_logits"] = model(inputs, training=False).logits
    return found
