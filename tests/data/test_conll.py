"""CoNLL files: words a line, sentences between blank lines."""

import gzip

import numpy as np
import pytest

from tfclf.data import Columns, read_rows
from tfclf.data.columns import layout
from tfclf.data.conll import sentences
from tfclf.errors import DataError
from tfclf.tasks import Head

TAGS = layout(Columns(), "token")
WORDS = layout(Columns(tokens="tokens"), None)
ROME = [(["Rome", "burns", "."], ["B-LOC", "O", "O"]), (["Why", "?"], ["O", "O"])]


def read(text, wanted=TAGS):
    lines = text.splitlines(keepends=True)
    return [record.values for record in sentences(lines, wanted, "a.conll")]


def places(text):
    return [record.position for record in sentences(text.splitlines(True), TAGS, "a.conll")]


def refusal(text, wanted=TAGS):
    with pytest.raises(DataError) as caught:
        read(text, wanted)
    return caught.value


@pytest.fixture
def rows_of(tmp_path):
    def rows_of(text, name="a.conll", heads=()):
        path, content = tmp_path / name, text.encode()
        path.write_bytes(gzip.compress(content) if path.suffix.lower() == ".gz" else content)
        return read_rows(path, task="token", heads=heads)

    return rows_of


def test_two_columns():
    assert read("Rome B-LOC\nburns O\n. O\n\nWhy O\n? O\n") == ROME


def test_four_columns():
    """The first and the last are read, as in the files of CoNLL 2003."""
    text = "Rome NNP B-NP B-LOC\nburns VBZ B-VP O\n. . O O\n\nWhy WRB B-ADVP O\n? . O O\n"
    assert read(text) == ROME


@pytest.mark.parametrize("between", ["\t", " ", "   "])
def test_tabs_and_blanks(between):
    text = "Rome B-LOC\nburns O\n. O\n\nWhy O\n? O\n".replace(" ", between)
    assert read(text) == ROME


def test_words_with_blanks_where_tabs_separate():
    assert read("New York\tB-LOC\n1 000\tO\n") == [(["New York", "1 000"], ["B-LOC", "O"])]
    assert read("a \t O\nb\tO \n") == [(["a", "b"], ["O", "O"])]


def test_blanks_around_a_line():
    assert read("  Rome  B-LOC  \nburns O\t\n".replace("\t", " ")) == [
        (["Rome", "burns"], ["B-LOC", "O"])
    ]


def test_white_space_of_unicode_separates_nothing():
    """A no-break space is in numbers, and is a word of its own in some files."""
    assert read("1\u00a0000 B-NUM\n\u00a0 O\n\u3000 O\n") == [
        (["1\u00a0000", "\u00a0", "\u3000"], ["B-NUM", "O", "O"])
    ]
    assert read("a\u2009b\tO\n\u00a0\tO\n") == [(["a\u2009b", "\u00a0"], ["O", "O"])]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", [0, 1, 3])
@pytest.mark.parametrize("between", [1, 2, 5])
@pytest.mark.parametrize("behind", [0, 1, 2, 4])
def test_blank_lines(end, begin, between, behind):
    parts = ["Rome B-LOC", "burns O", ". O"], ["Why O", "? O"]
    blank = [""] * begin, [" \t"] * between
    text = end.join([*blank[0], *parts[0], *blank[1], *parts[1]]) + end * behind
    assert read(text) == ROME
    assert places(text) == [begin + 1, begin + between + 4]


@pytest.mark.parametrize("text", ["", "\n", "\n \n\t\n", "-DOCSTART- -X- O O\n\n", "# text = a\n"])
def test_no_sentences(text):
    assert read(text) == []


@pytest.mark.parametrize("begin", ["-DOCSTART- -X- -X- O", "-DOCSTART- O", "-DOCSTART-"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_documents(begin, blank):
    """The line that begins a document has columns of its own and ends the sentence before it."""
    text = f"{begin}\n{blank}a N O\n{blank}{begin}\n\n{begin}\n{blank}b N O\nc V O\n"
    assert read(text) == [(["a"], ["O"]), (["b", "c"], ["O", "O"])]


def test_comments_of_conll_u():
    text = (
        "# newdoc id = weblog-1\n# newpar\n# sent_id = 1\n# text = They buy.\n#text_en = x\n"
        "1\tThey\tPRON\n2\tbuy\tVERB\n\n# newpar id = p2\n# sent_id = 2\n1\tIt\tPRON\n"
    )
    wanted = layout(Columns(tokens="2", label="3"), "token")
    assert read(text, wanted) == [(["They", "buy"], ["PRON", "VERB"]), (["It"], ["PRON"])]


def test_a_number_sign_is_a_word():
    text = "# O\n1 O\n\n#newdoctor O\n#newparents B-x\n# O\n\n#text O\n#sent_id O\n# = O\n"
    with pytest.raises(DataError):  # three columns in the last line: what is told is the truth
        read(text)
    assert read(text.replace("# = O\n", "")) == [
        (["#", "1"], ["O", "O"]),
        (["#newdoctor", "#newparents", "#"], ["O", "B-x", "O"]),
        (["#text", "#sent_id"], ["O", "O"]),
    ]
    assert read("#\tO\n#newpar\tO\n") == [(["#", "#newpar"], ["O", "O"])]


def test_a_comment_within_a_sentence_is_none():
    assert refusal("a O\n# text = b\nc O\n").where == "a.conll, line 2"


def test_words_alone():
    assert read("Rome\nburns\n\nWhy\n", WORDS) == [(["Rome", "burns"],), (["Why"],)]
    assert read("Rome NNP B-LOC\nburns VBZ O\n", WORDS) == [(["Rome", "burns"],)]


@pytest.mark.parametrize("line, number", [("burns", 1), ("burns VBZ O x", 4), ("burns\tO", 2)])
def test_lines_of_another_width(line, number):
    error = refusal(f"-DOCSTART- -X- O O O\n\nRome NNP B-LOC\n{line}\n")
    assert error.where == "a.conll, line 4"
    assert error.what == f"expected 3 columns as in the lines before, got {number}: {line!r}"
    assert "Every word has a line of its own" in error.remedy


def test_lines_of_another_sentence_have_the_same_width():
    assert refusal("Rome B-LOC\n\nburns VBZ O\n").where == "a.conll, line 3"


def test_a_long_line_is_cut_in_the_message():
    assert len(refusal("a O\n" + "b " * 500).what) < 160


def test_columns_by_number():
    text = "1 Rome B-NP B-LOC\n2 burns B-VP O\n"
    for label, expected in (("3", ["B-NP", "B-VP"]), ("4", ["B-LOC", "O"]), ("1", ["1", "2"])):
        wanted = layout(Columns(tokens="2", label=label), "token")
        assert read(text, wanted) == [(["Rome", "burns"], expected)]
    heads = (Head("chunks", "token", "3"), Head("entities", "token"))
    assert read(text, layout(Columns(tokens="2"), None, heads)) == [
        (["Rome", "burns"], ["B-NP", "B-VP"], ["B-LOC", "O"])
    ]


@pytest.mark.parametrize("name", ["0", "3", "17", "ner", "-1", "1.0", "²"])
def test_columns_that_are_not_there(name):
    error = refusal("\nRome B-LOC\n", layout(Columns(label=name), "token"))
    assert error.where == "a.conll, line 2"
    assert error.what == f"no column {name!r}: the line has 2"
    assert error.remedy == "Declare a column by its number, 1 to 2: --label NUMBER."


def test_words_that_are_not_there():
    error = refusal("Rome B-LOC\n", layout(Columns(tokens="3"), "token"))
    assert error.remedy == "Declare a column by its number, 1 to 2: --tokens NUMBER."
    error = refusal("Rome B-LOC\n", layout(Columns(), None))
    assert str(error).startswith("a.conll, line 1: a file of words has no column of texts.")


def test_one_column_has_no_tags():
    error = refusal("Rome\nburns\n")
    assert (error.what, error.where) == ("no column 'tags': the line has 1", "a.conll, line 1")


def test_columns_that_need_not_be_there(rows_of):
    heads = (Head("entities", "token"), Head("intent", "single-label"), Head("pos", "token", "3"))
    wanted = layout(Columns(), None, heads)
    assert read("Rome B-LOC\nburns O\n", wanted) == [
        (["Rome", "burns"], ["B-LOC", "O"], None, None)
    ]
    rows = rows_of("Rome B-LOC\nburns O\n\nWhy O\n", heads=heads)
    assert [target.present.tolist() for target in rows.targets.values()] == [
        [True, True], [False, False], [False, False]
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.conll", "A.CONLL.GZ", "a.conll.gz"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_files(rows_of, name, mark, end):
    text = mark + "\nRome B-LOC\r\nburns O\n. O\n\nWhy O\n? O" + end
    rows = rows_of(text, name)
    assert [part["words"] for part in rows.parts()] == [[words for words, _ in ROME]]
    assert rows.target.values() == [tags for _, tags in ROME]
    assert rows.where(1).endswith("line 6")
    assert rows.kinds == ("words",)


def test_many_random_sentences(rows_of):
    generator = np.random.default_rng(3)
    words, tags = [*"abc", "New", "#", "é", "日本"], ["O", "B-x", "B-y"]
    lengths = generator.integers(1, 9, 300)
    expected = [
        (generator.choice(words, n).tolist(), generator.choice(tags, n).tolist()) for n in lengths
    ]
    lines = []
    for sentence, its in expected:
        lines += [f"{w}\tX\t{t}" for w, t in zip(sentence, its, strict=True)]
        lines += [""] * int(generator.integers(1, 3))
    rows = rows_of("\n".join(lines))
    found = [words for part in rows.parts(7) for words in part["words"]]
    assert list(zip(found, rows.target.values(), strict=True)) == expected
