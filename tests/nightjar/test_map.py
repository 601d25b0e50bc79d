"""docs/map.md is true."""

from tools import map as project_map


def test_the_map_lists_every_file_with_its_own_first_sentence():
    assert project_map.MAP.read_text(encoding="utf-8") == project_map.render(), "run: python -m tools.map"


def test_every_file_says_what_it_is():
    silent = [line.split("`")[1] for line in project_map.render().splitlines() if line.endswith("|  |")]
    assert silent == []
