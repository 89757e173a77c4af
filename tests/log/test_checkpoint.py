"""Checkpoints: signed, read back, and worthless when forged."""

from __future__ import annotations

import base64
import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crisisroom.log.checkpoint import (
    KEY_FILE,
    PUBLIC_FILE,
    Checkpoint,
    CheckpointInvalid,
    Signer,
    check_against,
    make_checkpoints,
    read_checkpoints,
    read_public_key,
)
from crisisroom.log.merkle import tree_root

LOG, ROOM, OTHER = UUID(int=0x106), UUID(int=1), UUID(int=2)
AT = datetime(2026, 9, 10, 16, 12, tzinfo=UTC)
HASHES = [f"{number:064x}" for number in range(1, 8)]
ROOMS = {ROOM: HASHES, OTHER: ["ab" * 32]}


def signer(seed: int = 1, name: str = "crisisroom-test") -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))


def signed(by: Signer | None = None) -> str:
    return "\n".join(map((by or signer()).sign, make_checkpoints(LOG, ROOMS, AT)))


def test_a_checkpoint_is_read_back_as_it_was_signed() -> None:
    assert read_checkpoints(signed(), signer().public) == [
        Checkpoint(LOG, ROOM, 7, tree_root([bytes.fromhex(one) for one in HASHES]), "2026-09-10T16:12:00.000Z"),
        Checkpoint(LOG, OTHER, 1, bytes.fromhex("ab" * 32), "2026-09-10T16:12:00.000Z"),
    ]


def test_a_note_looks_as_the_page_says() -> None:
    lines = signed().split("\n")
    assert lines[0] == f"crisisroom/{LOG}/{ROOM}"
    assert lines[1] == "7"
    assert lines[3:5] == ["2026-09-10T16:12:00.000Z", ""]
    assert lines[5].startswith("\u2014 crisisroom-test ")


@pytest.mark.parametrize("between", ["", "\n", "\n\n"])
def test_a_file_may_hold_several_however_they_are_put_together(between: str) -> None:
    notes = [signer().sign(one) for one in make_checkpoints(LOG, ROOMS, AT)]
    assert len(read_checkpoints(between.join(notes), signer().public)) == 2
    assert len(read_checkpoints(between.join(notes).replace("\n", "\r\n"), signer().public)) == 2


def test_a_log_that_has_grown_fits() -> None:
    checkpoint = read_checkpoints(signed(), signer().public)[0]
    assert check_against(checkpoint, HASHES) == []
    assert check_against(checkpoint, [*HASHES, "cd" * 32]) == []


def test_a_log_that_was_cut_is_found_with_the_first_entry_that_is_missing() -> None:
    checkpoint = read_checkpoints(signed(), signer().public)[0]
    for size in range(len(HASHES)):
        (problem,) = check_against(checkpoint, HASHES[:size])
        assert (problem.room, problem.seq) == (ROOM, size + 1)
        assert "missing" in problem.what


@pytest.mark.parametrize("other", ["ff" * 32, "not a hash", "", "abc"])
def test_another_entry_anywhere_is_found(other: str) -> None:
    checkpoint = read_checkpoints(signed(), signer().public)[0]
    for place in range(len(HASHES)):
        (problem,) = check_against(checkpoint, [*HASHES[:place], other, *HASHES[place + 1 :]])
        assert (problem.room, problem.seq) == (ROOM, 7)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("\n7\n", "\n6\n"), ("\n7\n", "\n07\n"), ("16:12", "16:13"), (str(ROOM), str(OTHER)), ("crisisroom/", "another/")],
)  # fmt: skip
def test_a_changed_checkpoint_is_not_signed(was: str, becomes: str) -> None:
    text = signed()
    assert was in text
    with pytest.raises(CheckpointInvalid, match="Checkpoint 1"):
        read_checkpoints(text.replace(was, becomes, 1), signer().public)


def test_a_checkpoint_signed_by_another_key_is_refused_even_under_the_same_name() -> None:
    for other in (signer(2), signer(1, "somebody-else")):
        with pytest.raises(CheckpointInvalid, match="not signed by crisisroom-test"):
            read_checkpoints(signed(other), signer().public)


def test_the_one_that_is_wrong_is_named() -> None:
    text = signed()
    assert text.count("\n1\n") == 1
    with pytest.raises(CheckpointInvalid, match="Checkpoint 2"):
        read_checkpoints(text.replace("\n1\n", "\n2\n"), signer().public)


def test_a_second_signature_by_somebody_else_does_no_harm() -> None:
    checkpoint = next(make_checkpoints(LOG, ROOMS, AT))
    both = signer().sign(checkpoint) + signer(2, "witness").sign(checkpoint).splitlines()[-1] + "\n"
    for reader in (signer(), signer(2, "witness")):
        assert read_checkpoints(both, reader.public) == [checkpoint]


@pytest.mark.parametrize(
    "text",
    ["", "\n\n\n", "hello", "\u2014 \u2014 \u2014", "a/b/c\n1\n\n\n", "crisisroom/x/y\n1\nAA==\nnow\n\n\u2014 a b\n"],
)  # fmt: skip
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        read_checkpoints(text, signer().public)


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_it(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        read_checkpoints(text, signer().public)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(CheckpointInvalid, match="too large"):
        read_checkpoints("x" * 10_000_001, signer().public)


def test_a_public_key_is_handed_on_as_text() -> None:
    public = signer().public
    assert str(read_public_key(f" {public}\n")) == str(public)
    name, key_id, key = str(public).split("+", 2)
    assert (name, len(key_id), base64.b64decode(key)[:1]) == ("crisisroom-test", 8, b"\x01")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-4] + "AAA=",
        lambda text: text.replace("crisisroom", "crisisdoom"),
        lambda text: text.split("+", 2)[0] + "+00000000+" + text.split("+", 2)[2],
        lambda text: "",
        lambda text: "a+b",
        lambda text: "a+b+c",
        lambda text: text + "\n" + text,
        lambda text: "a+00000000+" + base64.b64encode(b"\x02" * 33).decode(),
    ],
)
def test_a_changed_public_key_is_refused(change) -> None:
    with pytest.raises(CheckpointInvalid):
        read_public_key(change(str(signer().public)))


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = Signer.open(tmp_path, LOG)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert str(Signer.open(tmp_path, LOG).public) == str(first.public)
    assert (tmp_path / PUBLIC_FILE).read_text(encoding="utf-8").strip() == str(first.public)


def test_all_who_open_the_key_for_the_first_time_at_once_get_the_same(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def opened(_: int) -> str:
        together.wait()
        return str(Signer.open(tmp_path, LOG).public)

    with ThreadPoolExecutor(8) as pool:
        (public,) = set(pool.map(opened, range(8)))
    assert (tmp_path / PUBLIC_FILE).read_text(encoding="utf-8").strip() == public
    assert {path.name for path in tmp_path.iterdir()} == {KEY_FILE, PUBLIC_FILE}


def test_a_key_that_could_not_be_written_whole_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            Signer.open(tmp_path, LOG)
    assert list(tmp_path.iterdir()) == []
    Signer.open(tmp_path, LOG)
