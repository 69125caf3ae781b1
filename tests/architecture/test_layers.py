"""Imports only look down: the contract in ``pyproject.toml`` holds, and sees what is planted in any folder."""

from __future__ import annotations

import grimp
import pytest

from tests.architecture.house import LAYERS, ROOT

ROOMS = [layer.split(" | ") for layer in LAYERS]
PLACE = {room: place for place, layer in enumerate(ROOMS) for room in layer}
FOLDERS = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in ROOT.glob("canteen/**/__init__.py")
    if path.parent != ROOT / "canteen"
)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("canteen", cache_dir=None)


def looks_up(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Every pair of rooms of which the first uses the second and may not."""
    layers = [dict.fromkeys(layer).keys() for layer in ROOMS]
    found = graph.find_illegal_dependencies_for_layers(
        [grimp.Layer(*layer, independent=True) for layer in layers], containers={"canteen"}
    )
    return {(one.importer.split(".")[1], one.imported.split(".")[1]) for one in found}


def test_imports_only_look_down(graph: grimp.ImportGraph) -> None:
    assert looks_up(graph) == set()


def test_the_contract_names_every_room() -> None:
    rooms = {path.parent.name for path in ROOT.glob("canteen/*/__init__.py")}

    assert rooms == set(PLACE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_import_that_looks_up_is_seen_in_every_folder(graph: grimp.ImportGraph, folder: str) -> None:
    room = folder.split(".")[1]
    over = [name for name in PLACE if PLACE[name] == PLACE[room] and name != room]
    above = ROOMS[PLACE[room] - 1] if PLACE[room] else []
    for name in [*over, *above]:
        planted = f"{folder}.planted"
        graph.add_module(planted)
        graph.add_import(importer=planted, imported=f"canteen.{name}")

        assert (room, name) in looks_up(graph)

        graph.remove_module(planted)
