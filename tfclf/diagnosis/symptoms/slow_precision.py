"""A half precision that this hardware computes slowly.

bfloat16 is emulated by GPUs below compute capability 8.0: a T4 takes 1.29 s a batch with it, and
0.30 s with float16. CPUs without instructions for it convert every number to float32 and back.
"""

from __future__ import annotations

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.finding import NOTE, Finding
from tfclf.diagnosis.registry import Symptom
from tfclf.training.hardware import GPU, find_hardware
from tfclf.training.precision import CPU_FLAGS, is_fast

NAME = "slow-precision"


def look(case: Case) -> Finding | None:
    """Finds it on the GPUs, else on the CPU; silent where the hardware is not known."""
    if case.model is None:
        return None
    halves = {layer.compute_dtype for layer in case.model.anatomy.layers} & set(CPU_FLAGS)
    hardware = find_hardware()
    for half in sorted(halves):
        fast, why = is_fast(half, hardware)
        if fast is False:
            other = "mixed_float16" if half == "bfloat16" and hardware.kind == GPU else "float32"
            return Finding(
                NAME,
                NOTE,
                f"the model computes in {half}, and {why}",
                "training is slower than in float32, which can look as if it stood still",
                f'Use keras.config.set_dtype_policy("{other}") before the model is built.',
            )
    return None


SYMPTOM = Symptom(NAME, "A precision that this hardware computes slowly", look)
