"""One model on several devices, of one process or of several."""

from tfclf.training.devices.agreement import check_agreement, fingerprint, rows_facts
from tfclf.training.devices.choose import ONE_DEVICE, Devices, choose_devices
from tfclf.training.devices.machine import Machine, find_machine
from tfclf.training.devices.processes import Processes, join
from tfclf.training.devices.shared_batches import SharedBatches
from tfclf.training.devices.spread import spread
from tfclf.training.devices.summed_gradients import SummedGradients

__all__ = [
    "ONE_DEVICE",
    "Devices",
    "Machine",
    "Processes",
    "SharedBatches",
    "SummedGradients",
    "check_agreement",
    "choose_devices",
    "find_machine",
    "fingerprint",
    "join",
    "rows_facts",
    "spread",
]
