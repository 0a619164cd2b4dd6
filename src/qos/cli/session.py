"""What a command works with: the home, the chain it talks to, the key it signs with."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from qos.base.identifiers import BadAddress, format_address, parse_address
from qos.cli.chains import chosen
from qos.cli.errors import Failed, NotRunning, UsageError
from qos.client.io.http import HttpTransport
from qos.client.transactions import Signer, address_of
from qos.crypto import eip55
from qos.node.config import NetworkChain, NetworkConfig, load_config
from qos.node.home import ChainHome, NetworkHome
from qos.node.running import Running, read_running
from qos.proto.record import AnyRecord
from qos.wallet.io import devkeys
from qos.wallet.io.keyring import Keyring
from qos.wallet.io.publickeys import PublicKeys

T = TypeVar("T")
DEFAULT_URL = "http://127.0.0.1:26657"


@dataclass(frozen=True, slots=True)
class Session:
    """One invocation's view of a network's home."""

    home: NetworkHome

    @property
    def running(self) -> Running | None:
        """What the network's supervisor reports, None when none runs."""
        return read_running(self.home)

    def network(self) -> Running:
        """Return what the network's supervisor reports. Raises: NotRunning."""
        running = self.running
        if running is None:
            raise NotRunning(f"no network runs in {self.home.folder}")
        return running

    @property
    def chains(self) -> tuple[NetworkChain, ...]:
        """The chains this home's network was laid out with; none where there is no network."""
        file = self.home.config_file
        return load_config(NetworkConfig, file).chains if file.is_file() else ()

    @property
    def keyring(self) -> Keyring:
        """The sealed keys."""
        return Keyring(folder=self.home.keys_folder)

    @property
    def public_keys(self) -> PublicKeys:
        """The keys without a secret: multisigs."""
        return PublicKeys(self.home.keys_folder)

    def url(self, chain: str, node: str) -> str:
        """Return the address to ask. Raises: UsageError when the network has no such chain."""
        if node:
            return node
        running = self.running
        if running is None:
            if chain != "public":
                raise UsageError(f"no network runs in {self.home.folder}", "qos up, or give --node ADDRESS")
            return DEFAULT_URL
        return chosen(running.chains, chain).rpc

    def chain_home(self, chain: str) -> ChainHome:
        """Return the home of a chain's node: of a network's, or --home itself when it is one. Raises: UsageError."""
        alone = ChainHome(self.home.folder)
        if alone.config_file.exists():
            return alone
        if not self.home.config_file.exists():
            raise UsageError(f"there is no network in {self.home.folder}", "qos up lays one out, or give --home")
        return self.home.chain(chosen(self.chains, chain).folder)

    def signer(self, name: str, passphrase_file: Path | None) -> Signer:
        """Return the key of a name: a development key, or a sealed one. Raises: NoSuchKey, WrongPassphrase."""
        dev = devkeys.read(self.home.keys_folder)
        if dev is not None and name in devkeys.ACCOUNTS:
            return dev.signer(name)
        if name in self.public_keys.names():
            raise UsageError(
                f"{name} is a multisig: its members sign for it",
                "--generate-only, then qos tx sign --multisig, then qos tx multisign",
            )
        self.keyring.get(name)
        return self.keyring.open(name, read_passphrase(passphrase_file, f"Passphrase of {name}: "))

    def public_key(self, name: str) -> AnyRecord | None:
        """Return the public key of a name; None for a name or address whose key is not here."""
        dev = devkeys.read(self.home.keys_folder)
        if dev is not None and name in devkeys.ACCOUNTS:
            return dev.signer(name).key
        if name in self.keyring.names():
            return self.keyring.get(name).key
        return self.public_keys.get(name).key if name in self.public_keys.names() else None

    def address(self, text: str) -> str:
        """Return an address given as such, in hex (T1) or as the name of a key. Raises: UsageError."""
        if text in self.keyring.names():
            return self.keyring.get(text).address
        if text in self.public_keys.names():
            return self.public_keys.get(text).address
        dev = devkeys.read(self.home.keys_folder)
        if dev is not None and text in devkeys.ACCOUNTS:
            return format_address(address_of(dev.signer(text)))
        try:
            if text.startswith("0x"):
                return format_address(eip55.parse(text))
            parse_address(text)
        except BadAddress as error:
            raise UsageError(
                f"{error}; nor is it the name of a key", "qos keys list shows names and addresses"
            ) from None
        return text


def session(home: Path) -> Session:
    """Open the home given by --home."""
    return Session(NetworkHome(home.expanduser()))


def ask(url: str, use: Callable[[HttpTransport], Awaitable[T]]) -> T:
    """Run a conversation with a node. Raises: what it raises, Unreachable."""

    async def converse() -> T:
        async with HttpTransport(url) as node:
            return await use(node)

    return asyncio.run(converse())


def read_passphrase(file: Path | None, prompt: str, *, twice: bool = False) -> str:
    """Return a passphrase from a file or the terminal. Raises: UsageError without either, Failed when they differ."""
    if file is not None:
        try:
            return file.read_text("utf-8").rstrip("\r\n")
        except OSError as error:
            raise UsageError(f"cannot read the passphrase: {error}", "give --passphrase-file FILE") from None
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the passphrase", "give --passphrase-file FILE")
    first = getpass.getpass(prompt)
    if twice and getpass.getpass("Once more: ") != first:
        raise Failed("the two passphrases differ", "run the command again")
    return first
