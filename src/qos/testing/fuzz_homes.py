"""Decoders of what relays, light clients, supervisors and certificate folders keep at home, and of what nodes push."""

import json
import tempfile
from functools import cache
from pathlib import Path

from qos.base.errors import RuleViolation
from qos.base.strictjson import render_json
from qos.cassini.consortia import named_root
from qos.cassini.io import trust
from qos.cassini.io.heads import head_of
from qos.cassini.io.home import CHAINS_FILE, BadHome, load_chains
from qos.cassini.io.program import routes_of
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.cli.errors import UsageError
from qos.cli.trusting import kept_state
from qos.client.errors import ClientError
from qos.client.fields import child
from qos.client.io.events import result_in
from qos.engine.embedded.io.sign_state import read_signed
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import trust_root
from qos.machine import genesis
from qos.machine.genesis import GenesisDocument
from qos.node import validators
from qos.node.config import NetworkChain
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome
from qos.node.links import read_link
from qos.node.private_addresses import address_in
from qos.node.running import Phase, Running, RunningChain, RunningRelay, read_report, write_running
from qos.proto import codec
from qos.proto.json import to_json
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.rpc.backend.callers import LEAF, certificates_in
from qos.rpc.services.status import CallRefused
from qos.testing.chain import genesis_document
from qos.testing.consortium import consortium
from qos.testing.fuzzing import Target, in_a_folder
from qos.testing.light_chain import CHAIN_ID, light_block, members
from qos.testing.relay_group import relay_state
from qos.wallet.certificates import key_from_pem, key_to_pem, to_pem
from qos.wallet.errors import WalletError
from qos.wallet.io.ca_folder import REVOKED_FILE, CaFolder

PLACE = NetworkChain(folder="public", chain_id="qos-1", kind="public")
HOME = b"@home@"
"""Stands for the folder with the genesis documents, which has another name each time."""


@cache
def _documents() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="qos-fuzz-")
    documents = (
        genesis_document(PUBLIC, chain_id="qos-1"),
        genesis_document(BUSINESS, chain_id="shop-1"),
        genesis_document(CASSINI, chain_id="cassini-1", relay=relay_state()),
    )
    for document in documents:
        (Path(folder.name) / f"{document['chain_id']}.json").write_text(json.dumps(document))
    return folder


def _chains(data: bytes) -> None:
    """Read what a relay is told, up to what it looks up in it before it opens a connection."""

    def read(folder: Path) -> None:
        chains = load_chains(folder)
        routes_of(chains)
        for chain in chains:
            named_root(chain.document)

    in_a_folder(CHAINS_FILE, read)(data.replace(HOME, _documents().name.encode()))


def _told() -> tuple[bytes, ...]:
    chains = [
        {
            "chain_id": chain_id,
            "kind": chain.kind,
            "genesis": f"{HOME.decode()}/{chain_id}.json",
            "sources": ["http://127.0.0.1:26657", "http://127.0.0.1:26757"],
            "taken": [],
        }
        for chain, chain_id in ((PUBLIC, "qos-1"), (BUSINESS, "shop-1"), (CASSINI, "cassini-1"))
    ]
    return (json.dumps({"chains": chains}).encode(),)


@cache
def _light_genesis() -> GenesisDocument:
    document = genesis_document(PUBLIC, chain_id=CHAIN_ID)
    return genesis.parse(json.dumps(document).encode())


def _state() -> TrustedState:
    first = light_block(5, members(1, 2, 3, 4))
    return trust_root(first, header_hash(first.signed_header.header)).state


def _report(folder: Path) -> None:
    read_report(NetworkHome(folder))


def _reports() -> tuple[bytes, ...]:
    chain = RunningChain(folder="public", chain_id="qos-1", kind="public", rpc="http://127.0.0.1:26657", pid=2)
    running = Running(pid=1, phase=Phase.READY, progress="", chains=(chain,), relays=(RunningRelay(number=0, pid=3),))
    with tempfile.TemporaryDirectory(prefix="qos-fuzz-") as folder:
        home = NetworkHome(Path(folder))
        write_running(home, running)
        return (home.state_file.read_bytes(),)


def _seed_files() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory(prefix="qos-fuzz-") as folder:
        file = Path(folder) / "seeds.json"
        validators.write_seeds(file, (b"s" * 32, b"t" * 32))
        return (file.read_bytes(),)


def _pems() -> tuple[bytes, ...]:
    made = consortium()
    return to_pem(made.root.certificate), to_pem(made.node("node").certificate, made.member.certificate)


def _push(data: bytes) -> None:
    head_of("qos-1", child(result_in(data), "data"))


def _pushes() -> tuple[bytes, ...]:
    header = {"height": "7", "data_hash": "AB" * 32}
    event = {"query": "tm.event='NewBlockHeader'", "data": {"type": "a", "value": {"header": header}}}
    refused = {"code": -32603, "message": "Internal error", "data": "max_subscriptions"}
    return (
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": event}).encode(),
        json.dumps({"jsonrpc": "2.0", "id": 1, "error": refused}).encode(),
    )


TARGETS = (
    Target(name="relay-chains", decode=_chains, declared=(BadHome, RuleViolation), seeds=_told),
    Target(
        name="relay-trust",
        decode=in_a_folder(f"{CHAIN_ID}.state", lambda folder: trust.load(folder, _light_genesis())),
        declared=(trust.TrustDamaged,),
        seeds=lambda: (codec.encode(_state()),),
    ),
    Target(
        name="light-state",
        decode=in_a_folder("kept.json", lambda folder: kept_state(folder / "kept.json", CHAIN_ID)),
        declared=(UsageError,),
        seeds=lambda: (render_json(to_json(_state())).encode(),),
    ),
    Target(name="new-head", decode=_push, declared=(ClientError,), seeds=_pushes),
    Target(
        name="embedded-signed",
        decode=read_signed,
        declared=(ValueError,),
        seeds=lambda: (json.dumps({"height": 7, "block_hash": "ab" * 32}).encode(),),
    ),
    Target(
        name="validator-seeds",
        decode=in_a_folder("seeds.json", lambda folder: validators.read_seeds(folder / "seeds.json")),
        declared=(BadConfig,),
        seeds=_seed_files,
    ),
    Target(name="running", decode=in_a_folder("running.json", _report), declared=(BadConfig,), seeds=_reports),
    Target(
        name="endpoints",
        decode=in_a_folder("endpoints.json", lambda folder: read_link(PLACE, folder / "endpoints.json", 7)),
        declared=(),
        seeds=lambda: (
            json.dumps({"pid": 7, "rpc": "http://127.0.0.1:1", "grpc": "127.0.0.1:2", "rest": ""}).encode(),
        ),
    ),
    Target(
        name="private-address",
        decode=in_a_folder("engine.json", lambda folder: address_in(folder / "engine.json", "rpc")),
        declared=(BadConfig,),
        seeds=lambda: (b'{"rpc": "http://127.0.0.1:26657"}',),
    ),
    Target(
        name="ca-certificate",
        decode=in_a_folder("shop.crt", lambda folder: CaFolder(folder).entry("shop")),
        declared=(WalletError, RuleViolation),
        seeds=_pems,
    ),
    Target(
        name="ca-key",
        decode=key_from_pem,
        declared=(WalletError,),
        seeds=lambda: (key_to_pem(consortium().root.key),),
    ),
    Target(
        name="ca-revoked",
        decode=in_a_folder(REVOKED_FILE, lambda folder: CaFolder(folder).revoked_by("root")),
        declared=(WalletError,),
        seeds=lambda: (b'{"root": {"number": 1, "serials": ["01ab"]}}',),
    ),
    Target(
        name="caller",
        decode=lambda data: certificates_in({LEAF: [data]}),
        declared=(CallRefused,),
        seeds=lambda: _pems()[1:],
    ),
)
