"""`qos keys`: sealed keys of people, and a look at the development keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption, PassphraseOption

app = typer.Typer(help="Keys: new, list, show, import, export, delete.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the key.")]


@app.command()
def new(
    name: NameArgument,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a key; shows its recovery phrase once."""
    from qos.wallet.io.keyring import new_entropy
    from qos.wallet.phrase import words_of

    _add(name, (entropy := new_entropy()), passphrase_file, home, output, phrase=words_of(entropy))


@app.command("import")
def import_(
    name: NameArgument,
    phrase_file: Annotated[Path | None, typer.Option(help="File with the phrase; else it is read from input.")] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a key from a recovery phrase."""
    from qos.wallet.phrase import entropy_of

    if phrase_file is None and sys.stdin.isatty():
        print("Recovery phrase:", file=sys.stderr)
    phrase = phrase_file.read_text("utf-8") if phrase_file is not None else sys.stdin.readline()
    _add(name, entropy_of(phrase), passphrase_file, home, output, phrase="")


def _add(name: str, entropy: bytes, passphrase_file: Path | None, home: Path, output: Output, *, phrase: str) -> None:
    from qos.cli.output import show
    from qos.cli.session import read_passphrase, session
    from qos.wallet.errors import KeyExists
    from qos.wallet.io.devkeys import ACCOUNTS

    keyring = session(home).keyring
    if name in ACCOUNTS or name in keyring.names():
        raise KeyExists(name)
    passphrase = read_passphrase(passphrase_file, f"Passphrase for {name}: ", twice=True)
    sealed = keyring.add(name, entropy, passphrase)
    shown = {"name": name, "address": sealed.address}
    if not phrase:
        show({**shown}, output)
        return
    text = f"{name}: {sealed.address}\n\nRecovery phrase, shown this once. Write it down:\n\n  {phrase}"
    show({**shown, "phrase": phrase}, output, text)


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """List all keys."""
    from qos.base.identifiers import format_address
    from qos.base.strictjson import JsonObject, JsonValue
    from qos.cli.output import show
    from qos.cli.session import session
    from qos.wallet.io import devkeys

    opened = session(home)
    rows: list[JsonObject] = [
        {"name": name, "address": opened.keyring.get(name).address, "kind": "sealed"} for name in opened.keyring.names()
    ]
    dev = devkeys.read(opened.home.keys_folder)
    for name in devkeys.ACCOUNTS if dev is not None else ():
        rows.append({"name": name, "address": format_address(dev.address(name)) if dev else "", "kind": "dev"})
    table = "\n".join(f"{row['name']!s:<12} {row['address']}  {row['kind']}" for row in rows)
    keys: list[JsonValue] = [*rows]
    show({"keys": keys}, output, table or "There are no keys yet. Make one with: qos keys new NAME")


@app.command()
def show(name: NameArgument, home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show a key's address and public key."""
    from base64 import b64encode

    from qos.cli import output as printing
    from qos.cli.session import session
    from qos.wallet.io import devkeys

    opened = session(home)
    dev = devkeys.read(opened.home.keys_folder)
    if dev is not None and name in devkeys.ACCOUNTS:
        public_key, path, kind = dev.signer(name).public_key, str(dev.signer(name).path), "dev"
    else:
        sealed = opened.keyring.get(name)
        public_key, path, kind = sealed.public_key, str(sealed.path), "sealed"
    fields = {
        "name": name,
        "address": opened.address(name),
        "public_key": b64encode(public_key).decode(),
        "path": path,
        "kind": kind,
    }
    printing.show({**fields}, output)


@app.command()
def export(
    name: NameArgument,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a key's recovery phrase: whoever reads it owns the account."""
    from qos.cli.output import show
    from qos.cli.session import read_passphrase, session
    from qos.wallet.io import devkeys
    from qos.wallet.phrase import words_of

    opened = session(home)
    dev = devkeys.read(opened.home.keys_folder)
    if dev is not None and name in devkeys.ACCOUNTS:
        phrase = dev.phrase
    else:
        opened.keyring.get(name)
        passphrase = read_passphrase(passphrase_file, f"Passphrase of {name}: ")
        phrase = words_of(opened.keyring.open(name, passphrase).entropy)
    show({"name": name, "phrase": phrase}, output, phrase)


@app.command()
def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Delete a key; only its recovery phrase brings it back."""
    from qos.cli.errors import UsageError
    from qos.cli.output import show
    from qos.cli.session import session

    keyring = session(home).keyring
    keyring.get(name)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("deleting a key needs a yes", "give --yes")
        typer.confirm(f"Delete {name}? Only its recovery phrase brings it back.", abort=True)
    keyring.delete(name)
    show({"deleted": name}, output, f"deleted {name}")
