"""Label grids from the cache are the grids that were made, or are made anew."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from conftest import Country
from servicemap import kept
from servicemap.routing import kept_labels, labels

if TYPE_CHECKING:
    from pathlib import Path

    from servicemap.roads.network import Network
    from servicemap.routing.labels import Labels

CELL_M, LIMIT_M = 50.0, 500.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)
    return tmp_path / "labels"


@pytest.fixture
def network(liechtenstein: Country) -> Network:
    """A network that no grid was made of yet: grids in memory go by identity."""
    return dataclasses.replace(liechtenstein.network("drive"))


def same(one: Labels, other: Labels) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in dataclasses.fields(one)
    )


def anew(network: Network) -> Network:
    return dataclasses.replace(network)


def grid(network: Network, role: str = "origin", cell_m: float = CELL_M) -> Labels:
    return kept_labels.label_grid(network, cell_m, LIMIT_M, role)


def made(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Cells of all grids that are made from now on."""
    seen: list[float] = []
    real = labels.label_grid

    def spy(network, cell_m, *more):
        seen.append(cell_m)
        return real(network, cell_m, *more)

    monkeypatch.setattr(labels, "label_grid", spy)
    return seen


def test_a_second_run_finds_the_grid_of_the_first(
    network: Network, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = grid(network)
    seen = made(monkeypatch)
    second = grid(anew(network))
    assert seen == []
    assert same(first, second)
    assert second.cells.dtype == first.cells.dtype
    assert second.first.dtype == first.first.dtype
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda net: dataclasses.replace(net, leg_mps=net.leg_mps * 2),
        lambda net: dataclasses.replace(net, forward_ms=net.forward_ms + 1),
        lambda net: dataclasses.replace(net, vertex_x=net.vertex_x + 1.0),
        lambda net: dataclasses.replace(net, snappable=np.ones_like(net.snappable)),
    ],
)
def test_another_network_is_another_grid(
    network: Network, folder: Path, monkeypatch: pytest.MonkeyPatch, change
) -> None:
    grid(network)
    seen = made(monkeypatch)
    grid(change(network))
    assert seen == [CELL_M]


def test_role_and_cell_are_part_of_the_key(network: Network, folder: Path) -> None:
    grid(network)
    grid(network, "destination")
    grid(network, cell_m=100.0)
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", None], ids=["empty", "nonsense", "cut"]
)
def test_a_damaged_grid_is_made_anew(network: Network, folder: Path, content) -> None:
    first = grid(network)
    (file,) = folder.glob("*/cells.npy")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert same(grid(anew(network)), first)
    assert file.read_bytes() == whole


def test_a_grid_whose_length_is_not_what_it_says_is_made_anew(
    network: Network, folder: Path
) -> None:
    first = grid(network)
    (file,) = folder.glob("*/cells.npy")
    np.save(file, np.load(file)[:-1])
    assert same(grid(anew(network)), first)


def test_without_a_cache_folder_grids_are_made_each_time(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: None)
    seen = made(monkeypatch)
    assert same(grid(network), grid(anew(network)))
    assert len(seen) == 2


def test_a_folder_that_cannot_be_written_does_no_harm(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels").write_text("a file where the folder should be")
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)
    assert len(grid(network).cells)


def test_the_least_recently_used_go_first(
    network: Network, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_labels, "KEPT", 2)
    for cell_m in (100.0, 80.0, 60.0):
        grid(network, cell_m=cell_m)
    assert len(list(folder.iterdir())) == 2
