"""Relays sign their next keys one after another; what is wrong is told before it is signed ([R4])."""

from base64 import b64encode
from pathlib import Path

import pytest

from qos.base.strictjson import render_json
from qos.cli.errors import Failed, UsageError
from qos.cli.rotating import Change, Registered, as_object, first_message, read_keys, read_message, with_signature
from qos.modules.crosschain.qcp.attestation import RelayGroup, quorum
from qos.modules.crosschain.qcp.epochs import proven_rotation
from qos.proto.records.qos_qcp_v1 import QueryEpochResponse
from qos.testing.transactions import key_of

RELAYS = tuple(sorted((key_of(f"attester {i}") for i in range(4)), key=lambda key: key.public))
NEW = key_of("attester new")
KEYS = tuple(key.public for key in RELAYS)
FOUND = Registered(incoming=b"i" * 32, epoch=QueryEpochResponse(epoch=1, relay_keys=KEYS, quorum=3), height=50)
SWAP = Change(added=(NEW.public,), removed=(KEYS[0],), blocks=100)


def test_three_of_four_signatures_make_a_rotation_that_a_chain_accepts(tmp_path: Path) -> None:
    message = first_message("shop-1", FOUND, SWAP)
    for relay in (RELAYS[2], RELAYS[0], RELAYS[1], RELAYS[0]):
        file = tmp_path / "rotation.json"
        file.write_text(render_json(as_object(with_signature(message, FOUND, relay.private))))
        message = read_message(file)
    assert len(message.signatures) == quorum(len(KEYS))
    keys = proven_rotation(message, RelayGroup(epoch=1, keys=KEYS), FOUND.incoming)
    assert keys == tuple(sorted((*KEYS[1:], NEW.public)))
    assert (message.epoch, message.height) == (2, 150)


def test_a_key_that_is_none_is_not_removed() -> None:
    with pytest.raises(UsageError, match="no key of the current epoch"):
        first_message("shop-1", FOUND, Change(added=(), removed=(NEW.public,), blocks=1))


def test_a_stranger_signs_nothing() -> None:
    with pytest.raises(Failed, match="does not count"):
        with_signature(first_message("shop-1", FOUND, SWAP), FOUND, NEW.private)


def test_what_has_lapsed_is_not_signed() -> None:
    message = first_message("shop-1", FOUND, SWAP)
    later = Registered(incoming=FOUND.incoming, epoch=FOUND.epoch, height=151)
    over = Registered(incoming=FOUND.incoming, epoch=QueryEpochResponse(epoch=2, relay_keys=KEYS), height=60)
    for found in (later, over):
        with pytest.raises(Failed, match="is for epoch"):
            with_signature(message, found, RELAYS[0].private)


def test_a_key_is_given_as_queries_show_it_or_in_hex() -> None:
    assert read_keys((NEW.public.hex(), b64encode(NEW.public).decode())) == (NEW.public, NEW.public)


@pytest.mark.parametrize("text", ["", "zz", "02" * 32, NEW.private.hex()])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="compressed secp256k1 key"):
        read_keys((text,))


def test_a_file_that_is_no_rotation_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rotation.json"
    for content in ("", "[]", '{"epoch": "x"}'):
        file.write_text(content)
        with pytest.raises(UsageError, match="is no rotation"):
            read_message(file)
    with pytest.raises(UsageError, match="is no rotation"):
        read_message(tmp_path / "missing.json")
