"""What TensorFlow Addons says of labels and scores."""

import tensorflow as tf
import tensorflow_addons as tfa
import tf_keras


def focal(question: dict, arrays: dict, folder) -> dict:
    """Returns the sigmoid focal loss of each row, and the gradient of their sum.

    Args:
        question: ``alpha``, ``gamma`` and ``from_logits``.
        arrays: ``labels`` and ``predictions``, shape (batch, classes).
        folder: Not needed.
    """
    loss = tfa.losses.SigmoidFocalCrossEntropy(
        alpha=question["alpha"],
        gamma=question["gamma"],
        from_logits=question["from_logits"],
        reduction=tf_keras.losses.Reduction.NONE,
    )
    predictions = tf.constant(arrays["predictions"])
    with tf.GradientTape() as tape:
        tape.watch(predictions)
        value = loss(tf.constant(arrays["labels"]), predictions)
    return {"loss": value, "gradient": tape.gradient(value, predictions)}


def f1(question: dict, arrays: dict, folder) -> dict:
    """Returns ``F1Score`` by its average over batches of different sizes.

    Args:
        question: ``threshold``, None where the highest score is the prediction.
        arrays: ``labels``, one-hot or multi-hot, and ``scores``, shape (rows, classes).
        folder: Not needed.
    """
    labels, scores = arrays["labels"].astype("float32"), arrays["scores"]
    cut = len(labels) // 3
    found = {}
    for average in ("macro", "micro", "weighted"):
        metric = tfa.metrics.F1Score(
            num_classes=labels.shape[1], average=average, threshold=question["threshold"]
        )
        for part in (slice(None, cut), slice(cut, None)):
            metric.update_state(labels[part], scores[part])
        found[average] = metric.result()
    return found


def crf(question: dict, arrays: dict, folder) -> dict:
    """Returns the best tags of ragged sentences and their scores.

    Args:
        question: No settings.
        arrays: ``potentials`` (batch, words, tags), ``transitions`` (tags, tags), ``lengths``.
        folder: Not needed.
    """
    tags, score = tfa.text.crf_decode(
        tf.constant(arrays["potentials"]),
        tf.constant(arrays["transitions"]),
        tf.constant(arrays["lengths"]),
    )
    return {"tags": tags, "score": score}
