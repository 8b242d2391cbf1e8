"""Networks in the cache: the same as fresh ones, and never a reason to fail."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from random_towns import POINTS, town
from servicemap import kept, osm_file
from servicemap.errors import InputError
from servicemap.roads import nearest as nearest_kernels
from servicemap.roads import prepared, profiles
from servicemap.roads.network import ARRAYS, Network
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs

MODES = profiles.load(["walk", "drive"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(kept, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return town(tmp_path, 1).path


def networks(path: Path, **options) -> tuple[dict[str, Network], list[str]]:
    built: list[str] = []
    return prepared.networks(path, MODES, say=built.append, **options), built


def check_same(one: Network, other: Network) -> None:
    for name in ARRAYS:
        a, b = getattr(one, name), getattr(other, name)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    for name in ("mode", "crs", "leg_mps", "names", "report"):
        assert getattr(one, name) == getattr(other, name)


def test_the_second_run_reuses_what_the_first_prepared(home: Path, path: Path) -> None:
    fresh, built = networks(path)
    again, built_again = networks(path)
    assert (built, built_again) == (["walk", "drive"], [])
    for mode in MODES:
        check_same(fresh[mode], again[mode])
    kept = (home / prepared.KIND).rglob("*")
    assert sorted(file.suffix for file in kept if file.is_file()) == sorted(
        [".json", *[".npy"] * len(ARRAYS)] * 2
    )


def test_an_extract_at_hand_is_as_good_as_its_path(home: Path, path: Path) -> None:
    built: list[str] = []
    extract = osm_file.read(path)
    fresh = prepared.networks(extract, MODES, say=built.append)
    again, _ = networks(path)
    check_same(fresh["walk"], again["walk"])
    assert built == ["walk", "drive"]


def test_kept_networks_answer_alike_and_compile_nothing_anew(
    home: Path, path: Path
) -> None:
    answers, compiled = [], []
    for _ in range(2):
        net = networks(path)[0]["walk"]
        seat = np.arange(0, len(net.vertex_x), 3)
        at = snap(net, net.vertex_lon[seat], net.vertex_lat[seat])
        answers.append(pairs(net, at, at).travel_ms.tolist())
        compiled.append(len(nearest_kernels._nearest.signatures))
    assert answers[0] == answers[1]
    assert compiled[0] == compiled[1]


@pytest.mark.parametrize("what", ["extract", "crs", "when", "profile", "code"])
def test_whatever_a_network_depends_on_makes_another_key(
    home: Path, path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks(path)
    options: dict = {}
    if what == "extract":
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    elif what == "crs":
        options["crs"] = "25832"
    elif what == "when":
        options["when"] = datetime(2026, 12, 5, 10)  # noqa: DTZ001 - a study's local time
    elif what == "profile":
        slow = replace(MODES["walk"], rules=replace(MODES["walk"].rules, max_kph=4.0))
        monkeypatch.setitem(MODES, "walk", slow)
    else:
        monkeypatch.setattr(prepared, "_code", lambda: "newer")
    _, built = networks(path, **options)
    assert built == (["walk"] if what == "profile" else ["walk", "drive"])


def damage(home: Path, how: str) -> None:
    folder = next(iter(sorted((home / "networks").iterdir())))
    array = folder / "arcs.npy"
    if how == "empty array":
        array.write_bytes(b"")
    elif how == "short array":
        array.write_bytes(array.read_bytes()[:-8])
    elif how == "no array":
        array.unlink()
    elif how == "not an array":
        array.write_bytes(b"not an array, but long enough to be looked at" * 9)
    elif how == "pickle":
        np.save(array, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif how == "no description":
        (folder / kept.META).unlink()
    elif how == "half a description":
        (folder / kept.META).write_text('{"mode": "wa', "utf-8")
    elif how == "another description":
        (folder / kept.META).write_text("[1, 2]", "utf-8")
    else:
        meta = json.loads((folder / kept.META).read_text("utf-8"))
        (folder / kept.META).write_text(json.dumps({**meta, "more": 1}), "utf-8")


@pytest.mark.parametrize(
    "how",
    ["empty array", "short array", "no array", "not an array", "pickle", "no description",
     "half a description", "another description", "one key more"],
)  # fmt: skip
def test_a_damaged_network_is_built_anew_and_kept_again(
    home: Path, path: Path, how: str
) -> None:
    fresh, _ = networks(path)
    damage(home, how)
    again, built = networks(path)
    assert len(built) == 1
    for mode in MODES:
        check_same(fresh[mode], again[mode])
    _, built = networks(path)
    assert built == []


def test_without_a_cache_networks_are_built_each_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: None)
    for _ in range(2):
        assert networks(path)[1] == ["walk", "drive"]


def test_a_cache_that_cannot_be_written_does_no_harm(home: Path, path: Path) -> None:
    """A file stands where the folder would go; rights alone do not stop an administrator."""
    (home / "networks").write_text("in the way")
    for _ in range(2):
        assert networks(path)[1] == ["walk", "drive"]
    (home / "networks").unlink()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert networks(path)[1] == ["walk", "drive"]
    finally:
        home.chmod(stat.S_IRWXU)


def test_a_full_disk_leaves_nothing_behind(
    home: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept.np, "save", full)
        assert networks(path)[1] == ["walk", "drive"]
    assert list((home / "networks").iterdir()) == []


def test_two_runs_at_once_do_no_harm(home: Path, path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: networks(path)[0], range(4)))
    for one in found[1:]:
        for mode in MODES:
            check_same(one[mode], found[0][mode])
    assert len(list((home / "networks").iterdir())) == 2
    assert networks(path)[1] == []


def test_the_least_recently_used_networks_go_first(
    home: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks(path)
    for number, folder in enumerate(sorted((home / "networks").iterdir())):
        os.utime(folder, (number, number))
    monkeypatch.setattr(prepared, "KEPT", 2)
    only = {"walk": MODES["walk"]}
    prepared.networks(path, only)  # used just now
    prepared.networks(path, only, crs="25832")
    built: list[str] = []
    prepared.networks(path, only, say=built.append)
    assert built == []
    assert len(list((home / "networks").iterdir())) == 2


@pytest.mark.parametrize("fault", ["absent", "empty"])
def test_a_missing_or_empty_extract_is_told_as_by_the_reader(
    home: Path, tmp_path: Path, fault: str
) -> None:
    path = tmp_path / "roads.osm.pbf"
    if fault == "empty":
        path.touch()
    with pytest.raises(InputError, match=r"roads\.osm\.pbf"):
        networks(path)


def test_points_are_joined_alike_from_the_cache(home: Path, tmp_path: Path) -> None:
    made = town(tmp_path, 2)
    networks(made.path)
    known, built = networks(made.path)
    assert built == []
    fresh = made.snap("walk", POINTS)
    again = snap(known["walk"], *made.degrees(POINTS))
    np.testing.assert_array_equal(fresh.segment, again.segment)
    np.testing.assert_array_equal(fresh.leg_ms, again.leg_ms)
