"""An installed package brings its own kind of chain (architecture: adapters are plugins)."""

import sys
from pathlib import Path

import pytest

from qos.cassini.io.home import BadHome, ChainAccess
from qos.cassini.io.plugins import GROUP, AdapterSetup, open_adapter
from qos.client.transactions import PrivateKey
from qos.machine.genesis import GenesisDocument

PLUGIN = """
from qos.cassini.adapters.contract import Adapter

class Lunar(Adapter):
    def __init__(self, setup):
        self.chain_id = setup.access.chain_id
    def follow(self): ...
    async def queues(self, peer): ...
    async def registration(self, source): ...
    async def prove(self, inquiry, now_ns): ...
    async def path(self, trusted, height, now_ns): ...
    async def newest_height(self): ...
    async def deliver(self, delivery, source, now_ns): ...
    async def keep_trust(self, source, now_ns): ...
    async def report(self, report): ...
"""


def setup_of(kind: str, folder: Path) -> AdapterSetup:
    document = GenesisDocument(
        chain_id="moon-1", time_ns=0, initial_height=1, validators=(), consensus_params={}, app_state={}
    )
    access = ChainAccess(kind=kind, document=document, sources=("http://127.0.0.1:1",))
    return AdapterSetup(access=access, account=PrivateKey(b"k" * 32), trust_folder=folder)


def install(folder: Path, name: str, kind: str) -> None:
    (folder / f"{name}.py").write_text(PLUGIN)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{kind} = {name}:Lunar\n")


def test_an_installed_adapter_is_found_by_the_kind_of_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "lunar_adapter", "lunar")
    monkeypatch.syspath_prepend(str(tmp_path))
    adapter = open_adapter(setup_of("lunar", tmp_path))
    assert (type(adapter).__name__, adapter.chain_id) == ("Lunar", "moon-1")
    sys.modules.pop("lunar_adapter")


def test_two_packages_for_one_kind_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one_adapter", "two_adapter"):
        install(tmp_path, name, "lunar")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BadHome, match="2 installed packages"):
        open_adapter(setup_of("lunar", tmp_path))
