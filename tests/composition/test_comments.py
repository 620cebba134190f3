"""Comments of YAML files, by the settings that they are about."""

from alseg.composition.comments import read_comments

FILE = """\
# A learner. Of two
# sentences.
defaults:
  - base  # not a setting

rate: 0.1     # of a step
kind: one     # one | two
              # | three
# Lines above,
# which go on.
above: {a: 1}  # and behind
"quoted#1": "a # b"  # after a hash
size: [1, 2]
inner:        # a block
  deep: null  # nothing
  list:
    - 1       # an item, not a setting
  bare: 3

# apart from what follows

last:
"""


def test_comments_by_hand():
    found = read_comments(FILE)
    assert found.heading == "A learner. Of two sentences."
    assert found.of == {
        "rate": "of a step",
        "kind": "one | two | three",
        "above": "Lines above, which go on. and behind",
        "quoted#1": "after a hash",
        "inner": "a block",
        "inner.deep": "nothing",
    }
    assert found.line["inner.deep"] == 15


def test_a_file_without_settings_or_comments():
    assert read_comments("") == read_comments("null") == read_comments("- 1\n- 2\n")
    assert read_comments("a: 1").of == {}
    assert read_comments("# only this").heading == "only this"
