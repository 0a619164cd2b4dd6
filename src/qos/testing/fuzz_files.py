"""Decoders of files that a node or a tool is handed: snapshots, keys, the relays' sign log."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from qos.cassini.io.signlog import FileSignLog, SignLogDamaged
from qos.engine.embedded import resume
from qos.engine.embedded.resume import BadResumePoint
from qos.node.errors import NodeError
from qos.node.snapshots.files import MANIFEST, read_snapshot
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import Vote
from qos.store.errors import StoreError
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.transfer import Importer, exported
from qos.testing.engine_worlds import produce, world
from qos.testing.fuzzing import Target, in_a_folder
from qos.testing.signers import PAIR
from qos.wallet.errors import WalletError
from qos.wallet.io import devkeys
from qos.wallet.io.publickeys import FORMAT, PublicKey, PublicKeys, write_public_key

STORES = {"acc": 1, "bank": 2}


def _read_sign_log(folder: Path) -> None:
    FileSignLog(folder / "log").close()


def _import(data: bytes) -> None:
    importer = Importer(MemoryBackend(), STORES, 2)
    importer.add(data)
    importer.finish(_exported()[1], b"")


@cache
def _exported() -> tuple[bytes, bytes]:
    store = MultiStore(MemoryBackend(), STORES)
    for version in (1, 2):
        store.apply(version, {"bank": {b"%d" % number: b"%d" % version for number in range(9)}, "acc": {b"a": b"1"}})
        store.commit()
    with store.at(2) as reader:
        return b"".join(exported(reader)), store.app_hash


def _resume_points() -> tuple[bytes, ...]:
    running = world()
    produce(running.producer(), (b"a=1",), (), ())
    return (resume.encode(resume.resume_point(running.store, 1)),)


def _manifests() -> tuple[bytes, ...]:
    file = {"name": "resume", "size": 1, "sha256": "00" * 32}
    state = {"format": 2, "chain_id": "qos-1", "height": 5, "time_ns": 7, "app_hash": "00" * 32, "chunks": [file]}
    whole = state | {"resume": file, "next_header_hash": "00" * 32}
    return json.dumps(state).encode(), json.dumps(whole).encode()


def _sign_logs() -> tuple[bytes, ...]:
    abstract = Abstract(queue_id=b"q" * 32, header_hash=b"h" * 32, app_hash=b"a" * 32, packet_root=b"r" * 32)
    data = codec.encode(Vote(abstract=abstract))
    return (sha256(data).hexdigest()[:16].encode() + b" " + b64encode(data) + b"\n",)


def _public_keys() -> tuple[bytes, ...]:
    key = {"format": FORMAT, "address": PublicKey(key=PAIR.public).address, "public_key": write_public_key(PAIR.public)}
    return (json.dumps(key).encode(),)


TARGETS = (
    Target(
        name="snapshot-manifest",
        decode=in_a_folder(MANIFEST, read_snapshot),
        declared=(NodeError,),
        seeds=_manifests,
    ),
    Target(name="snapshot-items", decode=_import, declared=(StoreError,), seeds=lambda: _exported()[:1]),
    Target(name="resume-point", decode=resume.decode, declared=(BadResumePoint,), seeds=_resume_points),
    Target(name="sign-log", decode=in_a_folder("log", _read_sign_log), declared=(SignLogDamaged,), seeds=_sign_logs),
    Target(
        name="multisig-file",
        decode=in_a_folder("team.public.json", lambda folder: PublicKeys(folder).get("team")),
        declared=(WalletError,),
        seeds=_public_keys,
    ),
    Target(
        name="development-keys",
        decode=in_a_folder(devkeys.FILE_NAME, devkeys.read),
        declared=(WalletError,),
        seeds=lambda: (json.dumps({"kind": "dev", "phrase": "abandon " * 11 + "about"}).encode(),),
    ),
)
