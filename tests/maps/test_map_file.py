import numpy as np
import pytest

from alseg.errors import RunFolderError
from alseg.maps.map_file import Places, read_places, write_places


@pytest.mark.parametrize("groups", [None, ("p1", "p,2", "p1")], ids=["without groups", "with groups"])
@pytest.mark.parametrize("clusters", [None, np.array([2, -1, 0])], ids=["without clusters", "with clusters"])
def test_what_is_written_is_read(tmp_path, clusters, groups):
    xy = np.array([[1 / 3, -1e-7], [1e6 + 0.1, 0], [np.pi, -2.5]], dtype=np.float32)
    ids = ("001", 'a,"b"', "zeile\nzwei")
    write_places(tmp_path / "map.csv", Places(ids, xy, clusters, groups))
    found = read_places(tmp_path / "map.csv")
    assert found.ids == ids
    assert np.array_equal(found.xy, xy)
    assert found.clusters is clusters is None or np.array_equal(found.clusters, clusters)
    assert found.groups == groups


def test_a_file_written_by_hand(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("cluster,id,y,x,more\n3,007,2,1,?\n,008,4,3,?\n")
    found = read_places(path)
    assert found.ids == ("007", "008")
    assert found.xy.tolist() == [[1, 2], [3, 4]]
    assert found.clusters is not None
    assert found.clusters.tolist() == [3, -1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,x\na,1\n", "id,x,y must be among them"),
        ("", "id,x,y must be among them"),
        ("id,x,y\n", "no image"),
        ("id,x,y\na,1,2\na,3,4\n", "more than once"),
        ("id,x,y\na,1,2\nb,one,2\n", "line 3: x and y must be numbers"),
        ("id,x,y\na,1\n", "line 2: x and y must be numbers"),
        ("id,x,y\na,1,nan\n", "line 2: .* finite"),
        ("id,x,y\n,1,2\n", "line 2: it must have an id"),
        ("id,x,y,cluster\na,1,2,b\n", "line 2: .* cluster a whole number"),
    ],
    ids=["column", "empty", "rows", "twice", "word", "short", "nan", "id", "cluster"],
)
def test_a_damaged_file_is_one_line_of_error(tmp_path, text, said):
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(RunFolderError, match=said) as error:
        read_places(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(RunFolderError, match="there is no such file"):
        read_places(tmp_path / "map.csv")
