"""What is done to a text before the tokenizer sees it."""

import json
import unicodedata

import pytest

from tfclf.data import TextRules
from tfclf.data.text_rules import ENDINGS, UNICODE_FORMS, WHOLE, expand_contractions
from tfclf.errors import ArgumentError

ODD = "  Cafe\u0301 \ufb01ne,  isn\u2019t it?\t\u00bd \uff21\n"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("it won't do", "it will not do"),
        ("I can't", "I cannot"),
        ("we shan't go, let's stay", "we shall not go, let us stay"),
        ("'tis late and 'twas cold", "it is late and it was cold"),
        ("y'all know", "you all know"),
        ("don't doesn't didn't isn't", "do not does not did not is not"),
        ("I'm sure they're here", "I am sure they are here"),
        ("we've seen that she'll come", "we have seen that she will come"),
        ("mustn't've won't've", "must not have will not have"),
    ],
)
def test_contractions(text, expected):
    assert expand_contractions(text) == expected


@pytest.mark.parametrize("apostrophe", ["\u2019", "\u02bc"])
def test_other_apostrophes(apostrophe):
    text = "I can't, it won't, 'tis not, let's, don't, we're"
    expected = "I cannot, it will not, it is not, let us, do not, we are"
    assert expand_contractions(text) == expected
    assert expand_contractions(text.replace("'", apostrophe)) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Won't", "Will not"),
        ("WON'T", "WILL NOT"),
        ("Can't CAN'T", "Cannot CANNOT"),
        ("'Tis 'TIS", "It is IT IS"),
        ("Y'all Y'ALL", "You all YOU ALL"),
        ("Don't DON'T", "Do not DO NOT"),
        ("I'm I'M", "I am I AM"),
        ("They're THEY\u2019RE", "They are THEY ARE"),
    ],
)
def test_capitals(text, expected):
    assert expand_contractions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bob's dog, it's his",  # is, has or possession
        "Bob\u2019s dog",
        "he'd go, HE'D GONE",  # had or would
        "he\u2019d",
        "it ain't so, AIN\u2019T it",  # am, is, are, has or have not
        "rock'n'roll o'clock ma'am",
        "the students' 'quoted' \u2018words\u2019",
        "cant wont dont im",
        "can 't n't 're",
        "let'\u017f '\u0131t'\u0131s",  # a long s, a dotless i
        "n'tx can'tx",
        "",
        "'",
    ],
)
def test_what_is_no_contraction_stays(text):
    assert expand_contractions(text) == text


def test_contractions_in_quotation_marks():
    assert expand_contractions("'can't' \u2018won\u2019t\u2019") == "'cannot' \u2018will not\u2019"
    assert expand_contractions("\"don't\", (I'm) caf\u00e9'll") == '"do not", (I am) caf\u00e9 will'


def test_every_contraction_of_the_tables():
    for contraction, words in WHOLE.items():
        assert expand_contractions(f"so {contraction}.") == f"so {words}."
    for ending, words in ENDINGS.items():
        assert expand_contractions(f"xyz{ending}.") == f"xyz{words}."


@pytest.mark.parametrize("form", UNICODE_FORMS)
def test_unicode_forms(form):
    assert TextRules(unicode=form)(ODD) == unicodedata.normalize(form, ODD)


def test_forms_by_hand():
    text = "e\u0301 \ufb01"  # e and an accent; the ligature fi
    assert TextRules(unicode="NFC")(text) == "\u00e9 \ufb01"
    assert TextRules(unicode="NFD")("\u00e9 \ufb01") == text
    assert TextRules(unicode="NFKC")(text) == "\u00e9 fi"
    assert TextRules(unicode="NFKD")("\u00e9 \ufb01") == "e\u0301 fi"


def test_replacements_in_order():
    rules = TextRules(replacements=(("a", "b"), ("b", "c"), ("cc", "")))
    assert rules("ab a.c (b)") == " c.c (c)"  # bb b.c (b) -> cc c.c (c)
    assert TextRules(replacements=(("b", "c"), ("a", "b")))("ab") == "bc"


def test_replacements_are_literal():
    assert TextRules(replacements=((".*", "\\1"), ("$", "USD ")))(".* 5$ a") == "\\1 5USD  a"


def test_whitespace():
    assert TextRules(whitespace=True)(" a \t\r\n b\u00a0\u3000c\u2028 ") == "a b c"
    assert TextRules(whitespace=True)(" \n ") == ""


def test_order_of_the_rules():
    """The full-width letters become ASCII, so that the later rules see what they look for."""
    text = "\uff29\uff07m  \uff25\uff35\uff32"  # full-width I'm  EUR
    rules = TextRules("NFKC", contractions=True, replacements=(("EUR", " euro "),), whitespace=True)
    assert rules(text) == "I am euro"
    assert TextRules(contractions=True, replacements=(("am", "are"),))("I'm") == "I are"


def test_off_by_default():
    for text in (ODD, "I can't", "\ud800", ""):
        assert TextRules()(text) is text


ALL = TextRules("NFKD", contractions=True, replacements=(("a", ""), ("b", "c")), whitespace=True)


@pytest.mark.parametrize("rules", [TextRules(), ALL, TextRules(whitespace=True)])
def test_round_trip_through_json(rules):
    loaded = TextRules.from_dict(json.loads(json.dumps(rules.to_dict())))
    assert loaded == rules
    assert hash(loaded) == hash(rules)


def test_missing_rules_are_off():
    assert TextRules.from_dict({}) == TextRules()
    assert TextRules.from_dict({"contractions": True}) == TextRules(contractions=True)


def test_unknown_rule():
    with pytest.raises(
        ArgumentError, match=r"unknown text rules \['stem', 'stop'\]. Known are uni"
    ):
        TextRules.from_dict({"stop": True, "contractions": True, "stem": 1})


def test_unknown_form():
    with pytest.raises(ArgumentError, match="unknown Unicode form 'nfc', expected one of NFC, NFD"):
        TextRules(unicode="nfc")


@pytest.mark.parametrize("pair", [("", "a"), ("a",), ("a", "b", "c"), (1, "a"), ("a", None)])
def test_bad_replacement(pair):
    with pytest.raises(ArgumentError, match=r"expected \(old, new\) texts with old not empty, got"):
        TextRules(replacements=(pair,))
