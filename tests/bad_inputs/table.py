"""All bad inputs, by what is bad."""

from tests.bad_inputs.bad_input import BadInput
from tests.bad_inputs.cases.checkpoints import CHECKPOINTS
from tests.bad_inputs.cases.doors import DAMAGED_FILES
from tests.bad_inputs.cases.labels import LABELS
from tests.bad_inputs.cases.options import OPTIONS
from tests.bad_inputs.cases.other_verbs import ARGUMENTS, OUTPUTS, STREAMS
from tests.bad_inputs.cases.records import RECORDS
from tests.bad_inputs.cases.runs import DAMAGED_RUNS
from tests.bad_inputs.cases.tables import TABLES
from tests.bad_inputs.cases.tuning import TUNING

BAD_INPUTS: dict[str, list[BadInput]] = {
    "tables": TABLES,
    "records": RECORDS,
    "labels": LABELS,
    "doors": DAMAGED_FILES,
    "checkpoints": CHECKPOINTS,
    "runs": DAMAGED_RUNS,
    "options": OPTIONS,
    "tuning": TUNING,
    "arguments": ARGUMENTS,
    "outputs": OUTPUTS,
    "streams": STREAMS,
}
EVERY = [given for kind in BAD_INPUTS.values() for given in kind]
