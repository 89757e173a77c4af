"""`docs/log-format.md` and its vectors: what the product writes, a program written from the page alone can verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import crisisroom.features  # noqa: F401 - registers every event
from crisisroom.log.canonical import canonical
from crisisroom.log.checkpoint import check_against, read_checkpoints, read_public_key
from crisisroom.log.export import export_line, read_hashes, verify_export
from crisisroom.log.merkle import tree_root
from tests.log import second_verifier
from tests.log.second_verifier import Wrong
from tests.support.builders import a_room, a_task, an_entry
from tests.support.vectors import make_vectors
from tests.support.world import World

DOCS = Path(__file__).resolve().parents[2] / "docs"
VECTORS_FILE = DOCS / "log-vectors.json"


@pytest.fixture(scope="module")
def vectors(request: pytest.FixtureRequest) -> dict[str, Any]:
    if not VECTORS_FILE.exists() and request.config.getoption("--golden"):
        text = json.dumps(make_vectors(), indent=1, ensure_ascii=False)
        VECTORS_FILE.write_text(text + "\n", encoding="utf-8")
    return json.loads(VECTORS_FILE.read_text(encoding="utf-8"))


def test_the_second_verifier_shares_no_code_with_the_product() -> None:
    source = Path(second_verifier.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert imports
    assert not any("crisisroom" in line or "rfc8785" in line for line in imports)


def test_the_vectors_are_what_the_product_makes(vectors: dict[str, Any]) -> None:
    assert vectors == json.loads(json.dumps(make_vectors()))


def test_the_page_describes_every_member_of_the_vectors_and_of_an_envelope(vectors: dict[str, Any]) -> None:
    page = (DOCS / "log-format.md").read_text(encoding="utf-8")
    envelope = json.loads(json.loads(vectors["lines"][0])["envelope"])
    for name in (*vectors, *envelope, *json.loads(vectors["lines"][0])):
        assert f"`{name}`" in page, name


def double_beyond_integers(text: str) -> float:
    """A number that JSON cannot hold as an integer is a double, however it is written."""
    return int(text) if abs(int(text)) < 2**53 else float(text)


@pytest.mark.parametrize("write", [canonical, second_verifier.canonical], ids=["product", "second"])
def test_the_canonical_form(write: Any, vectors: dict[str, Any]) -> None:
    for pair in vectors["canonical"]:
        assert write(json.loads(pair["json"])) == pair["canonical"]
        assert write(json.loads(pair["canonical"], parse_int=double_beyond_integers)) == pair["canonical"]
    for text in vectors["not_canonical"]:
        assert write(json.loads(text)) != text


def test_both_verifiers_find_the_vectors_whole(vectors: dict[str, Any]) -> None:
    assert verify_export(vectors["lines"]) == (10, [])
    assert second_verifier.verify(vectors["lines"], vectors["checkpoints"], vectors["public_key"]) == 10
    hashes = read_hashes(vectors["lines"])
    for checkpoint in read_checkpoints(vectors["checkpoints"], read_public_key(vectors["public_key"])):
        assert check_against(checkpoint, hashes[checkpoint.room]) == []


def test_both_verifiers_name_the_entry_that_was_changed(vectors: dict[str, Any]) -> None:
    assert len(vectors["broken"]) == 13
    for case in vectors["broken"]:
        _, problems = verify_export(case["lines"])
        assert problems, case["what"]
        assert (str(problems[0].room), problems[0].seq) == (case["room"], case["seq"]), case["what"]
        with pytest.raises(Wrong) as found:
            second_verifier.verify(case["lines"])
        assert (found.value.room, found.value.seq) == (case["room"], case["seq"]), case["what"]


def test_only_a_checkpoint_shows_that_the_end_was_cut_off(vectors: dict[str, Any]) -> None:
    assert verify_export(vectors["cut"])[1] == []
    assert second_verifier.verify(vectors["cut"]) == 8
    with pytest.raises(Wrong) as found:
        second_verifier.verify(vectors["cut"], vectors["checkpoints"], vectors["public_key"])
    assert found.value.step == 7
    hashes = read_hashes(vectors["cut"])
    for checkpoint in read_checkpoints(vectors["checkpoints"], read_public_key(vectors["public_key"])):
        (problem,) = check_against(checkpoint, hashes[checkpoint.room])
        assert (problem.room, problem.seq) == (checkpoint.room, checkpoint.size)


def test_both_make_the_same_tree(vectors: dict[str, Any]) -> None:
    for room, roots in vectors["roots"].items():
        leaves = [bytes.fromhex(one) for one in read_hashes(vectors["lines"])[UUID(room)]]
        for size, root in enumerate(roots):
            assert tree_root(leaves[:size]).hex() == second_verifier.tree(leaves[:size]).hex() == root


def test_a_forged_checkpoint_is_found_by_both(vectors: dict[str, Any]) -> None:
    forged = vectors["checkpoints"].replace("\n7\n", "\n6\n")
    assert forged != vectors["checkpoints"]
    with pytest.raises(Wrong):
        second_verifier.verify(vectors["lines"], forged, vectors["public_key"])


async def test_the_second_verifier_reads_the_log_of_a_real_incident(world: World) -> None:
    room = await a_room(world)
    await a_task(world, by=world.people.noel, room=str(room.id), notes="„Größe“ \\ \u2028 \U0001f300")
    await an_entry(world, "<script>alert(1)</script>\n\tand so on")
    await world.do("release", world.people.noel, subject="E-1", to_room=str(world.main.id), key=world.ids.new())
    lines = [export_line(record) for record in await world.records()]
    assert second_verifier.verify(lines) == len(lines)
