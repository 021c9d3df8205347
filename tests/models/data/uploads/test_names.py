"""Names from visitors' files, as pages show them."""

from hypothesis import example, given
from hypothesis import strategies as st

from models.data.uploads.names import LENGTH, show_names

DANGEROUS = set("\\`*[]()&~$|#<>\"':/%{}!@\n\0\u202e\u200b")

texts = st.lists(
    st.text(st.sampled_from("aAé1.-+<>= …_\u0301😀") | st.characters(), max_size=50), max_size=8
)


@given(texts)
@example(["a", "a", "a 2", "a 2 2"])
@example(["x" * 40 + "1", "x" * 40 + "2", "x" * 14 + "y" + "x" * 26 + "1"])
@example(["", "name 1", "\n", "1." + "1" * 40])
def test_they_are_all_different_short_and_nothing_but_text(texts):
    shown = show_names(texts, "name", taken=("a", "b"))
    assert len({*shown, "a", "b"}) == len(texts) + 2 and len(shown) == len(texts)
    for name in shown:
        assert name and len(name) <= LENGTH and not DANGEROUS & set(name), name
        assert not name.startswith(("- ", "+ ", " ")) and name not in ("-", "+"), name
    assert show_names(shown, "name", taken=("a", "b")) == shown, "a stored name is read as it is"


def test_signs_by_which_names_differ_are_kept():
    texts = ["A+", "A-", "A", "-1", "+", "-", "<=50K", ">50K", "1.5", "कि", "की", "😀", "C++"]
    shown = ("A+", "A-", "A", "−1", "＋", "−", "≤50K", "›50K", "1.5", "कि", "की", "😀", "C++")
    assert show_names(texts, "class") == shown


def test_names_that_begin_alike_are_told_apart_by_their_ends():
    names = [f"Pepper_bell_leaf_from_greenhouse_{end}" for end in ("healthy", "bacterial_spot")]
    healthy, spotted = show_names(names, "class")
    assert healthy.endswith("healthy") and spotted.endswith("bacterial spot")
