"""What texts, labels and words are drawn from."""

from hypothesis import strategies as st

# No lone surrogates, which UTF-8 cannot spell, and no NUL, which no text file holds.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=40)
# Signs that formats mean something by, so that they meet often.
TRICKY = st.text(st.sampled_from("ab \"',;|\t\n\r\\[]{}:#-\u2028\x0b\x1c\ufeff\u00e9"), max_size=12)
ANY_TEXT = TEXTS | TRICKY


def is_label(text: str) -> bool:
    """Tells whether a text is a label as it stands: not blank, nothing around it."""
    return bool(text.strip()) and text == text.strip() and text.lower() != "nan"


ANY_LABEL = ANY_TEXT.map(str.strip).filter(is_label)
