"""What `qos keys` does with the folder of keys: add, list, show."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from qos.base.identifiers import format_address, parse_address
from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json
from qos.cli.errors import UsageError
from qos.cli.options import Algo, Output
from qos.cli.output import show
from qos.cli.session import Session, read_passphrase, session
from qos.crypto import eip55, keys, multisig
from qos.proto.record import AnyRecord
from qos.wallet.derivation import COIN_TYPES, SCHEMES, KeyPath, SeedSigner
from qos.wallet.errors import KeyExists
from qos.wallet.io import devkeys
from qos.wallet.io.publickeys import read_public_key, write_public_key


def path_of(coin_type: int, account: int, index: int) -> KeyPath:
    """Return the path the options name. Raises: UsageError."""
    if coin_type not in COIN_TYPES:
        raise UsageError(f"coin type {coin_type} is none of {', '.join(map(str, COIN_TYPES))}", "leave --coin-type out")
    return KeyPath(account=account, index=index, coin_type=coin_type)


def add(
    home: Path,
    name: str,
    entropy: bytes,
    path: KeyPath,
    algo: Algo,
    passphrase_file: Path | None,
    output: Output,
    *,
    phrase: str,
) -> None:
    """Seal a key and show its address; with `phrase` that too. Raises: KeyExists, WalletError, UsageError."""
    opened = session(home)
    _refuse_taken(opened, name)
    scheme = SCHEMES[algo]
    passphrase = read_passphrase(passphrase_file, f"Passphrase for {name}: ", twice=True)
    sealed = opened.keyring.add(name, entropy, passphrase, path, scheme)
    shown: JsonObject = {
        "name": name,
        "address": sealed.address,
        "algo": scheme.name,
        "path": scheme.path_of(path),
    }
    if not phrase:
        show(shown, output)
        return
    text = f"{name}: {sealed.address}\n\nRecovery phrase, shown this once. Write it down"
    if (path, algo) != (KeyPath(), Algo.SECP256K1):
        text += f", with {scheme.name} and {scheme.path_of(path)}"
    show(shown | {"phrase": phrase}, output, f"{text}:\n\n  {phrase}")


def add_group(home: Path, name: str, members: Sequence[str], threshold: int, output: Output) -> None:
    """Keep a multisig under a name. Raises: KeyExists, NoSuchKey, UsageError, what makes no multisig."""
    opened = session(home)
    _refuse_taken(opened, name)
    key = multisig.multisig_key(threshold, tuple(_member(opened, text) for text in members))
    public = opened.public_keys.add(name, key)
    show({"name": name, "address": public.address, "threshold": threshold, "members": len(members)}, output)


def _member(opened: Session, text: str) -> AnyRecord:
    if text.lstrip().startswith("{"):
        try:
            return read_public_key(parse_json(text))
        except BadJson as error:
            raise UsageError(f"--member: {error}", "give the public key qos keys show prints") from None
    key = opened.public_key(text)
    if key is None:
        raise UsageError(f"--member: there is no key {text[:40]!r} here", "give the public key qos keys show prints")
    return key


def _refuse_taken(opened: Session, name: str) -> None:
    if name in devkeys.ACCOUNTS or name in opened.keyring.names() or name in opened.public_keys.names():
        raise KeyExists(name)


def show_all(home: Path, output: Output) -> None:
    """List the keys of a home: sealed ones, multisigs, development keys."""
    opened = session(home)
    rows: list[JsonObject] = [
        {"name": name, "address": opened.keyring.get(name).address, "kind": "sealed"} for name in opened.keyring.names()
    ]
    rows += [
        {"name": name, "address": opened.public_keys.get(name).address, "kind": "multisig"}
        for name in opened.public_keys.names()
    ]
    dev = devkeys.read(opened.home.keys_folder)
    if dev is not None:
        rows += [
            {"name": name, "address": format_address(dev.address(name)), "kind": "dev"} for name in devkeys.ACCOUNTS
        ]
    table = "\n".join(f"{row['name']!s:<12} {row['address']}  {row['kind']}" for row in rows)
    listed: list[JsonValue] = [*rows]
    show({"keys": listed}, output, table or "There are no keys yet. Make one with: qos keys new NAME")


def show_one(home: Path, name: str, output: Output) -> None:
    """Show one key. Raises: NoSuchKey, BadKeystore."""
    opened = session(home)
    if name in opened.public_keys.names():
        key = opened.public_keys.get(name).key
        threshold = multisig.read(key.value).threshold
        described: JsonObject = {"threshold": threshold, "kind": "multisig"}
    else:
        key, described = _with_secret(opened, name)
    address = opened.address(name)
    both: JsonObject = {"name": name, "address": address, "hex": eip55.format_hex(parse_address(address))}
    show(both | described | {"key": write_public_key(key)}, output)


def _with_secret(opened: Session, name: str) -> tuple[AnyRecord, JsonObject]:
    dev = devkeys.read(opened.home.keys_folder)
    if dev is not None and name in devkeys.ACCOUNTS:
        signer: SeedSigner = dev.signer(name)
        key, scheme, path, kind = signer.key, signer.scheme, signer.path, "dev"
    else:
        sealed = opened.keyring.get(name)
        key, scheme, path, kind = sealed.key, sealed.scheme, sealed.path, "sealed"
    raw = keys.raw_key(key.type_url, key.value)
    described: JsonObject = {
        "public_key": b64encode(raw).decode(),
        "algo": scheme.name,
        "path": scheme.path_of(path),
        "kind": kind,
    }
    return key, described
