"""The name of a precision -> the policy of a model, and whether it is fast here.

bfloat16 has the range of float32 and 8 of its 24 bits; a training needs nothing else for it
(Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training, section 4). float16 ends at
65,504 and loses gradients below 6e-8, so that its loss has to be scaled (Micikevicius et al. 2018,
Mixed Precision Training, section 3.2). Weights are float32 under either.
"""

from __future__ import annotations

from tfclf.imbalance import Choice
from tfclf.models import PretrainedModel
from tfclf.training.hardware import CPU, GPU, TPU, Hardware, find_hardware
from tfclf.training.recipe_checks import AUTO, PRECISIONS, check_choice

FLOAT32, BFLOAT16, FLOAT16 = PRECISIONS
POLICIES = {FLOAT32: "float32", BFLOAT16: "mixed_bfloat16", FLOAT16: "mixed_float16"}
# Compute capability from which a GPU has tensor cores for a type.
LEAST_CAPABILITY = {BFLOAT16: (8, 0), FLOAT16: (7, 0)}
CPU_FLAGS = {
    BFLOAT16: ("amx_bf16", "avx512_bf16", "bf16"),
    FLOAT16: ("amx_fp16", "asimdhp", "avx512_fp16", "fphp"),
}


def policy_of(precision: str) -> str:
    """Returns the Keras policy of a precision.

    Raises:
        ArgumentError: There is no such precision, or it is ``"auto"``.

    Example:
    >>> policy_of("bfloat16")
    'mixed_bfloat16'
    """
    check_choice("precision", precision, PRECISIONS)
    return POLICIES[precision]


def resolve_precision(name: str) -> str:
    """Returns what to compute in: ``auto`` takes bfloat16 where it is fast, and never float16.

    Args:
        name: One of ``PRECISIONS``, or ``"auto"``.

    Raises:
        ArgumentError: There is no such precision.
    """
    check_choice("precision", name, (AUTO, *PRECISIONS))
    return str(choose_precision().value) if name == AUTO else name


def choose_precision() -> Choice:
    """Returns what ``auto`` takes on this machine, and why."""
    fast, why = is_fast(BFLOAT16, find_hardware())
    if fast:
        risk = "a training that needs more than 8 bits: --precision float32"
        return Choice("precision", BFLOAT16, f"bfloat16 is fast: {why}", risk)
    risk = "time, where it is faster all the same: --precision bfloat16"
    return Choice("precision", FLOAT32, f"bfloat16 is not known to be fast: {why}", risk)


def why_slow(precision: str) -> str | None:
    """Says why a precision is slower here than float32; None where it is not, or nobody knows.

    Args:
        precision: One of ``PRECISIONS``.
    """
    fast, why = is_fast(precision, find_hardware())
    return why if fast is False else None


def is_fast(precision: str, hardware: Hardware) -> tuple[bool | None, str]:
    """Tells whether hardware multiplies a precision faster than float32, and why.

    Args:
        precision: One of ``PRECISIONS``.
        hardware: What computes.

    Returns:
        True, False, or None where it is not known; and the reason.

    Example:
    >>> is_fast("bfloat16", Hardware("GPU", (7, 5)))
    (False, 'the GPU has compute capability 7.5, below 8.0')
    """
    if precision == FLOAT32:
        return True, "it is what the others are compared with"
    if hardware.kind == TPU:
        return precision == BFLOAT16, "TPUs multiply bfloat16, and not float16"
    if hardware.kind == GPU and hardware.capability is not None:
        has, needed = hardware.capability, LEAST_CAPABILITY[precision]
        said = f"the GPU has compute capability {has[0]}.{has[1]}"
        if has >= needed:
            return True, said
        return False, f"{said}, below {needed[0]}.{needed[1]}"
    if hardware.kind != CPU or not hardware.flags:
        return None, "nothing is known of this hardware"
    return _on_cpu(precision, hardware)


def _on_cpu(precision: str, hardware: Hardware) -> tuple[bool, str]:
    known = CPU_FLAGS[precision]
    found = [flag for flag in known if flag in hardware.flags]
    if not found:
        return False, f"this CPU has no instructions for it (none of {', '.join(known)})"
    if hardware.compiles:  # the products too, which are TensorFlow's own on TensorFlow
        return False, "XLA converts it to float32 and back on CPUs"
    return True, f"this CPU has instructions for it ({', '.join(found)})"


def in_float32(model: PretrainedModel) -> PretrainedModel:
    """Returns a model of the same weights that computes in float32; itself where it does.

    Whoever loads a run computes so: its figures and its decisions have to be those of that model.
    """
    if model.compute_dtype == FLOAT32:
        return model
    same = type(model)(model.config, dtype=FLOAT32, name=model.name)
    same.build()
    same.set_weights(model.get_weights())
    same.load_report, same.window_pooling = model.load_report, model.window_pooling
    return same
