"""Text rules: what they promise holds of any text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.texts import ANY_TEXT
from tfclf.data import TextRules
from tfclf.data.text_rules import UNICODE_FORMS

PAIRS = st.lists(st.tuples(ANY_TEXT.filter(bool), ANY_TEXT), max_size=3)
RULES = st.builds(
    TextRules,
    unicode=st.sampled_from([None, *UNICODE_FORMS]),
    contractions=st.booleans(),
    replacements=PAIRS.map(tuple),
    whitespace=st.booleans(),
)


@given(rules=RULES, text=ANY_TEXT)
def test_a_run_remembers_its_rules(rules, text):
    again = TextRules.from_dict(json.loads(json.dumps(rules.to_dict())))
    assert again == rules
    assert again(text) == rules(text)


@given(form=st.sampled_from(UNICODE_FORMS), text=ANY_TEXT)
def test_what_is_normal_stays(form, text):
    """Unicode Standard Annex 15: normalisation is idempotent."""
    once = TextRules(unicode=form)(text)
    assert TextRules(unicode=form)(once) == once


@given(text=ANY_TEXT)
def test_blanks_are_collapsed_once_and_for_all(text):
    rules = TextRules(whitespace=True)
    once = rules(text)
    assert rules(once) == once
    assert once == once.strip() and "  " not in once


@given(text=ANY_TEXT)
def test_contractions_need_an_apostrophe(text):
    bare = "".join(c for c in text if c not in "'\u2019\u02bc")
    assert TextRules(contractions=True)(bare) == bare


@given(text=ANY_TEXT)
def test_no_rules_change_nothing(text):
    assert TextRules()(text) == text
