"""Any config.json is a configuration or an error of ours, never anything else."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.test_label_columns import JSON
from tfclf.errors import ConfigError
from tfclf.models import BertConfig
from tfclf.models.config import LABEL_KEYS, REFUSED_UNLESS, WITHOUT_EFFECT, read_json

OWN = sorted(BertConfig().to_dict())
KEYS = st.sampled_from([*OWN, *LABEL_KEYS, *REFUSED_UNLESS, *sorted(WITHOUT_EFFECT)[:9], "other"])
NUMBERS = st.integers(-2, 40) | st.sampled_from([10**9, 10**400, 1e308, float("nan"), -0.0])


@given(changes=st.dictionaries(KEYS, JSON | NUMBERS, max_size=4))
def test_changed_values(changes):
    try:
        config = BertConfig.from_dict(BertConfig().to_dict() | changes)
    except ConfigError as error:
        assert error.where == "config.json" and error.remedy
    else:
        again = BertConfig.from_dict(json.loads(json.dumps(config.to_dict())))
        assert again == config


@given(content=st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    try:
        BertConfig.from_dict(read_json(path), where=str(path))
    except ConfigError as error:
        assert error.where == str(path) and error.remedy
