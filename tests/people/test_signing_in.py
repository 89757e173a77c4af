"""Passwords, sessions and tokens are kept as hashes, end by themselves and can be ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from crisisroom.people import signing_in
from crisisroom.people.queries import password_hash, sessions_of
from crisisroom.people.signing_in import Passwords, hash_secret
from tests.support.databases import open_file
from tests.support.world import World

RIGHT = "correct horse battery"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def test_the_right_password_is_right_and_no_other(bare_world: World, passwords: Passwords) -> None:
    world, regis = bare_world, bare_world.people.regis
    assert regis.id is not None
    await world.writer.keep(*signing_in.set_password(regis.id, await passwords.hash(RIGHT), world.clock.now()))
    async with world.database.read() as connection:
        kept = await password_hash(connection, regis.id)
        assert kept is not None
        assert kept.startswith("$argon2id$")
    assert RIGHT not in kept
    assert await passwords.verify(kept, RIGHT)
    assert not await passwords.verify(kept, RIGHT + " ")
    assert not await passwords.verify(kept, "")
    assert not await passwords.verify(None, "nobody's password")


async def test_a_new_password_replaces_the_old_one(bare_world: World, passwords: Passwords) -> None:
    world, regis = bare_world, bare_world.people.regis
    assert regis.id is not None
    for password in (RIGHT, "another long password"):
        await world.writer.keep(*signing_in.set_password(regis.id, await passwords.hash(password), world.clock.now()))
    async with world.database.read() as connection:
        kept = await password_hash(connection, regis.id)
    assert not await passwords.verify(kept, RIGHT)
    assert await passwords.verify(kept, "another long password")


async def test_a_damaged_hash_opens_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("$argon2id$v=19$damaged", RIGHT)


async def test_a_session_is_known_by_its_secret_alone_and_ends(bare_world: World) -> None:
    world, regis = bare_world, bare_world.people.regis
    assert regis.id is not None
    secret, statements = signing_in.begin_session(world.ids, regis.id, world.clock.now())
    await world.writer.keep(*statements)
    async with world.database.read() as connection:
        found = (await sessions_of(connection, [hash_secret(secret)])).get(hash_secret(secret))
        assert not await sessions_of(connection, [secret])
    assert found == (regis.id, world.clock.now() + signing_in.SESSION_LASTS)
    await world.writer.keep(*signing_in.end_session(secret))
    async with world.database.read() as connection:
        assert not await sessions_of(connection, [hash_secret(secret)])


async def test_ended_sessions_are_forgotten_when_a_new_one_begins(bare_world: World) -> None:
    world, regis = bare_world, bare_world.people.regis
    assert regis.id is not None
    old, statements = signing_in.begin_session(world.ids, regis.id, world.clock.now())
    await world.writer.keep(*statements)
    world.clock.set(world.clock.now() + signing_in.SESSION_LASTS + timedelta(seconds=1))
    _, statements = signing_in.begin_session(world.ids, regis.id, world.clock.now())
    await world.writer.keep(*statements)
    async with world.database.read() as connection:
        assert not await sessions_of(connection, [hash_secret(old)])


async def test_taking_access_away_ends_sessions_and_tokens_of_that_person_only(bare_world: World) -> None:
    world, now = bare_world, bare_world.clock.now()
    regis, daniel = bare_world.people.regis.id, bare_world.people.daniel.id
    assert regis is not None
    assert daniel is not None
    session, one = signing_in.begin_session(world.ids, regis, now)
    token, two = signing_in.create_token(world.ids, regis, now)
    other, three = signing_in.create_token(world.ids, daniel, now)
    await world.writer.keep(*one, *two, *three)
    await world.writer.keep(*signing_in.end_all_sessions(regis))
    async with world.database.read() as connection:
        assert not await sessions_of(connection, [hash_secret(session)])
        assert not await sessions_of(connection, [hash_secret(token)])
        assert await sessions_of(connection, [hash_secret(other)])


@pytest.mark.embedded
async def test_no_secret_stands_in_the_database(bare_world: World) -> None:
    world, regis = bare_world, bare_world.people.regis
    assert regis.id is not None
    token, statements = signing_in.create_token(world.ids, regis.id, world.clock.now())
    await world.writer.keep(*statements)
    assert token.startswith("crt_")
    file = open_file(world.database.url)
    try:
        dump = "\n".join(file.iterdump())
    finally:
        file.close()
    assert hash_secret(token) in dump
    assert token not in dump
    assert token.removeprefix("crt_") not in dump
