"""The command line in tests: run here or in a process of its own, and what a refusal is."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import small_study
from servicemap import cli

if TYPE_CHECKING:
    from collections.abc import Callable

BAD = Path(__file__).parent / "bad_inputs"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What stands on stdout, which is JSON without NaN and Infinity."""
        return json.loads(
            self.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON")
        )

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@pytest.fixture
def servicemap(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """``servicemap("run", folder, ...)`` in this process."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["servicemap", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Any]:
    """``process("run", ...)`` starts ``python -m servicemap run ...`` on its own."""
    return partial(
        subprocess.Popen,
        cwd=tmp_path,
        env=small_study.environment(tmp_path / "cache"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``locked("map.html")``: renaming onto a file of that name fails, as Windows has it."""

    def lock(name: str) -> None:
        real = Path.replace

        def replace(self: Path, target: Path) -> Path:
            if Path(target).name == name:
                raise PermissionError(13, "The process cannot access the file", str(target))
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)

    return lock


def with_fault(study: Path, fault: Path) -> None:
    """Put a file of ``bad_inputs`` in its place in a sound study."""
    if fault.parent.name == "studies":
        shutil.copy(fault, study / "servicemap.toml")
    elif fault.parent.name == "tables":
        shutil.copy(fault, study / f"{fault.stem.partition('_')[0]}.csv")
    else:
        shutil.copy(fault, study / fault.name)
        text = (study / "servicemap.toml").read_text(encoding="utf-8")
        text = text.replace("world.osm", fault.name)
        (study / "servicemap.toml").write_text(text, encoding="utf-8")


def one_message(ran: Ran, *mentioned: str) -> None:
    """A refusal: nothing on stdout, no traceback, and all that it must mention."""
    assert ran.out == ""
    assert "Traceback" not in ran.err
    for text in mentioned:
        assert text in ran.err
