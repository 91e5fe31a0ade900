"""The heads of several tasks in a ``config.json``."""

import json

import pytest

from tfclf.errors import ConfigError
from tfclf.models import BertConfig, HeadConfig

INTENT = {"task": "single-label", "labels": ["ask", "tell"]}


def small(**changes):
    return {"hidden_size": 6, "num_attention_heads": 3, "num_hidden_layers": 2} | changes


def test_round_trip():
    heads = (
        HeadConfig("intent", "single-label", ("ask", "häßlich")),
        HeadConfig("Score_2", "regression", ("LABEL_0",)),
        HeadConfig("slots", "token", ("O", "B-x")),
    )
    config = BertConfig(heads=heads, head_hidden_size=5)
    assert BertConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert [head.num_outputs for head in heads] == [2, 1, 2]


@pytest.mark.parametrize("absent", [{}, {"heads": None}, {"heads": {}}, {"head_hidden_size": None}])
def test_without_heads(absent):
    config = BertConfig.from_dict(small(**absent))
    assert (config.heads, config.head_hidden_size) == ((), None)
    assert not {"heads", "head_hidden_size"} & config.to_dict().keys()


def test_lists_become_tuples():
    head = HeadConfig("intent", "single-label", ["ask", "tell"])
    assert head == HeadConfig("intent", "single-label", ("ask", "tell"))
    assert BertConfig(heads=[head]) == BertConfig(heads=(head,))


@pytest.mark.parametrize(
    "name", ["", "2nd", "in-tent", "in.tent", "in tent", "_x", "häßlich", "x\n"]
)
def test_names(name):
    with pytest.raises(ConfigError, match="here: the name of a head is .*expected a letter"):
        BertConfig.from_dict(small(heads={name: INTENT}), where="here")


def test_a_name_is_a_string():
    with pytest.raises(ConfigError, match="the name of a head is 3, expected a letter"):
        HeadConfig(3, "single-label", ("a",))


@pytest.mark.parametrize(
    "head, message",
    [
        (INTENT | {"task": "multi-task"}, "task of intent is 'multi-task', expected one of single"),
        (INTENT | {"task": None}, "the task of intent is None"),
        (INTENT | {"task": ["token"]}, r"the task of intent is \['token'\]"),
        (INTENT | {"labels": []}, "at least one label of intent"),
        (INTENT | {"labels": ["a", "b", "a"]}, r"no name twice, got \['a', 'b', 'a'\]"),
        (INTENT | {"labels": "ask"}, "labels of intent are 'ask', expected a list of names"),
        (INTENT | {"labels": {"0": "ask"}}, "expected a list of names"),
        (INTENT | {"labels": [1, 2]}, "expected a list of names"),
        (INTENT | {"labels": None}, "expected a list of names"),
        ({"task": "regression", "labels": ["a", "b"]}, "gives one number, and has 2 labels"),
        ({"task": "token"}, "expected a mapping from names to task and labels"),
        ({"labels": ["a"]}, "expected a mapping from names to task and labels"),
        (INTENT | {"weight": 2}, "expected a mapping from names to task and labels"),
        (["token", "O"], "expected a mapping from names to task and labels"),
        ("token", "expected a mapping from names to task and labels"),
    ],
)
def test_malformed_heads(head, message):
    with pytest.raises(ConfigError, match=f"^here: .*{message}"):
        BertConfig.from_dict(small(heads={"intent": head}), where="here")


@pytest.mark.parametrize("heads", [[], ["intent"], "intent", 3, True, False, 0], ids=repr)
def test_heads_are_a_mapping(heads):
    with pytest.raises(ConfigError, match="^here: heads is .*expected a mapping"):
        BertConfig.from_dict(small(heads=heads), where="here")


@pytest.mark.parametrize("heads", [[INTENT], {"intent": INTENT}, "intent"])
def test_heads_of_a_config_are_head_configs(heads):
    with pytest.raises(ConfigError, match="heads is .*a sequence of HeadConfig"):
        BertConfig(heads=heads)


@pytest.mark.parametrize("value", [0, -2, True, 6.0, "6", [6]], ids=repr)
def test_head_hidden_size(value):
    with pytest.raises(ConfigError, match="^here: head_hidden_size is .*at least 1"):
        BertConfig.from_dict(small(head_hidden_size=value), where="here")
