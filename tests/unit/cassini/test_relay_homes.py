"""What a relay is told, and that no two look through the same eyes (R2)."""

import json
from pathlib import Path
from typing import Any

import pytest

from qos.cassini.findings import Route
from qos.cassini.io.home import BadHome, load_chains
from qos.cassini.io.plugins import AdapterSetup, open_adapter
from qos.cassini.io.program import routes_of
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.client.transactions import PrivateKey
from qos.machine.chain import Chain
from qos.testing.chain import genesis_document
from qos.testing.relay_group import relay_state

OWN, OTHER = "http://127.0.0.1:1", "http://127.0.0.1:2"


def group_document(chain_id: str) -> dict[str, Any]:
    return genesis_document(CASSINI, chain_id=chain_id, relay=relay_state())


def entry(folder: Path, chain: Chain, chain_id: str, *, dev: bool = True, **changes: object) -> dict[str, Any]:
    document = genesis_document(chain, chain_id=chain_id) if chain is not CASSINI else group_document(chain_id)
    if not dev:
        document["app_state"]["qcp"]["params"]["dev"] = False
    file = folder / f"{chain_id}.json"
    file.write_text(json.dumps(document))
    told = {"chain_id": chain_id, "kind": chain.kind, "genesis": str(file), "sources": [OWN], "taken": []}
    return told | changes


def home(folder: Path, *entries: dict[str, Any]) -> Path:
    (folder / "chains.json").write_text(json.dumps({"chains": entries}))
    return folder


def usual(folder: Path, *, dev: bool = True, **changes: object) -> tuple[dict[str, Any], ...]:
    return (
        entry(folder, PUBLIC, "qos-1", dev=dev, **changes),
        entry(folder, BUSINESS, "shop-1"),
        entry(folder, CASSINI, "cassini-1"),
    )


def test_a_home_names_chains_and_the_routes_follow(tmp_path: Path) -> None:
    mall = entry(tmp_path, BUSINESS, "mall-1")
    chains = load_chains(home(tmp_path, *usual(tmp_path), mall))
    assert routes_of(chains) == (
        Route(source="qos-1", destination="shop-1"),
        Route(source="shop-1", destination="qos-1"),
        Route(source="qos-1", destination="mall-1"),
        Route(source="mall-1", destination="qos-1"),
    )


def test_a_source_another_relay_has_is_refused_unless_genesis_says_dev(tmp_path: Path) -> None:
    load_chains(home(tmp_path, *usual(tmp_path, taken=[OWN, OTHER])))
    with pytest.raises(BadHome, match="no two relays share a source"):
        load_chains(home(tmp_path, *usual(tmp_path, taken=[OTHER, OWN], dev=False)))
    load_chains(home(tmp_path, *usual(tmp_path, taken=[OTHER], dev=False)))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sources": []}, "has no source"),
        ({"sources": [OWN, OWN]}, "or one twice"),
        ({"sources": OWN}, "is no list"),
        ({"sources": [1]}, "what is no text"),
        ({"kind": ""}, "kind is missing"),
        ({"genesis": "/nowhere/genesis.json"}, "No such file"),
        ({"genesis": "genesis\0.json"}, "null byte"),
        ({"chain_id": "qos-2"}, "genesis of qos-1"),
    ],
)
def test_what_a_home_lacks_is_named(tmp_path: Path, change: dict[str, object], complaint: str) -> None:
    first, *others = usual(tmp_path)
    with pytest.raises(BadHome, match=complaint):
        load_chains(home(tmp_path, first | change, *others))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"chains": []}', '{"chains": [1]}'])
def test_a_file_that_is_no_list_of_chains_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "chains.json").write_text(content)
    with pytest.raises(BadHome, match="chains"):
        load_chains(tmp_path)


def test_a_home_without_cassini_chain_or_with_two_public_ones_is_refused(tmp_path: Path) -> None:
    public, shop, group = usual(tmp_path)
    with pytest.raises(BadHome, match="kind cassini"):
        load_chains(home(tmp_path, public, shop))
    with pytest.raises(BadHome, match="2 public chains"):
        routes_of(load_chains(home(tmp_path, public, entry(tmp_path, PUBLIC, "qos-2"), group)))


def test_a_chain_of_a_kind_nobody_installed_is_refused_by_name(tmp_path: Path) -> None:
    foreign = entry(tmp_path, BUSINESS, "moon-1", kind="lunar")
    chain = load_chains(home(tmp_path, *usual(tmp_path), foreign))[-1]
    setup = AdapterSetup(access=chain, account=PrivateKey(b"k" * 32), trust_folder=tmp_path)
    with pytest.raises(BadHome, match="'lunar'"):
        open_adapter(setup)
