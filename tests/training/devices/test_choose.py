"""What --devices means on machines of all kinds."""

import pytest

from tfclf.errors import ArgumentError
from tfclf.training.devices import Machine, choose_devices

ONE_CPU = Machine("CPU", ("CPU:0",))
FOUR_CPUS = Machine("CPU", tuple(f"CPU:{i}" for i in range(4)))
ONE_GPU = Machine("GPU", ("GPU:0",))
THREE_GPUS = Machine("GPU", ("GPU:0", "GPU:1", "GPU:2"))
TWO_HOSTS = Machine("TPU", tuple(f"tpu:{i}" for i in range(8)), num_processes=2, process_id=1)
TWO_CPUS_OF_TWO = Machine("CPU", ("cpu:0", "cpu:2048"), num_processes=2)


@pytest.mark.parametrize(
    "machine, wanted, batch_size, number",
    [
        pytest.param(ONE_CPU, "auto", 7, 1, id="a processor"),
        pytest.param(FOUR_CPUS, "auto", 8, 1, id="logical devices are not taken unasked"),
        pytest.param(FOUR_CPUS, 4, 8, 4, id="logical devices asked for"),
        pytest.param(ONE_GPU, "auto", 7, 1, id="one GPU"),
        pytest.param(THREE_GPUS, "auto", 33, 3, id="all GPUs"),
        pytest.param(THREE_GPUS, "auto", 32, 2, id="as many as divide the batch"),
        pytest.param(THREE_GPUS, 1, 32, 1, id="fewer than there are"),
        pytest.param(TWO_HOSTS, "auto", 32, 8, id="all of several processes"),
        pytest.param(TWO_CPUS_OF_TWO, "auto", 8, 2, id="processors of several processes"),
    ],
)
def test_how_many(machine, wanted, batch_size, number):
    devices = choose_devices(wanted, batch_size, machine)
    assert devices.names == machine.names[:number]
    assert (devices.num_processes, devices.process_id) == (
        machine.num_processes,
        machine.process_id,
    )


@pytest.mark.parametrize(
    "machine, wanted, batch_size, said",
    [
        pytest.param(
            THREE_GPUS,
            "auto",
            32,
            "1 of 3 GPUs stays idle: a batch of 32 rows can be divided by 2 of them. "
            "--batch-size 30 or 33 takes them all.",
            id="one",
        ),
        pytest.param(THREE_GPUS, "auto", 2, "1 of 3 GPUs stays idle: a batch of 2 rows", id="few"),
        pytest.param(THREE_GPUS, "auto", 7, "2 of 3 GPUs stay idle: a batch of 7 rows", id="two"),
        pytest.param(THREE_GPUS, 1, 32, "", id="as asked for"),
        pytest.param(THREE_GPUS, "auto", 33, "", id="all"),
        pytest.param(FOUR_CPUS, "auto", 8, "", id="a processor"),
    ],
)
def test_accelerators_that_stay_idle(machine, wanted, batch_size, said, caplog):
    choose_devices(wanted, batch_size, machine)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == bool(said) and "".join(warnings).startswith(said)


@pytest.mark.parametrize(
    "machine, wanted, batch_size, message",
    [
        pytest.param(
            ONE_CPU, 2, 8, "2 devices asked for, but there is 1 CPU. Pass --devices 1", id="one"
        ),
        pytest.param(
            THREE_GPUS,
            4,
            8,
            "4 devices asked for, but there are 3 GPUs. Pass --devices 3",
            id="few",
        ),
        pytest.param(
            FOUR_CPUS,
            4,
            30,
            "a batch of 30 rows cannot be divided by 4 devices. "
            "Pass --batch-size 28 or 32, or --devices 3",
            id="does not divide",
        ),
        pytest.param(FOUR_CPUS, 4, 3, "Pass --batch-size 4, or --devices 3", id="small batch"),
        pytest.param(
            TWO_HOSTS, "auto", 12, "Pass --batch-size 8 or 16.", id="processes leave no choice"
        ),
        pytest.param(
            TWO_HOSTS, 4, 32, "4 of 8 TPUs asked for, but 2 processes share them all", id="part"
        ),
    ],
)
def test_what_cannot_be(machine, wanted, batch_size, message):
    with pytest.raises(ArgumentError) as raised:
        choose_devices(wanted, batch_size, machine)
    assert message in str(raised.value)
