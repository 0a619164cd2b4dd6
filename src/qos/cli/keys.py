"""`qos keys`: sealed keys of people, and a look at the development keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, Algo, HomeOption, Output, OutputOption, PassphraseOption

app = typer.Typer(help="Keys: new, list, show, import, export, delete, multisig.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the key.")]
AlgoOption = Annotated[
    Algo,
    typer.Option(help="Kind of key: as Cosmos, Ethereum, ed25519, or ed25519 as the first QOS wallets derived it."),
]
CoinTypeOption = Annotated[
    int, typer.Option(help="Coin type of the path: 389 QOS, 118 for phrases of Cosmos wallets, 60 of Ethereum wallets.")
]
AccountOption = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Account of the path.")]
IndexOption = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Index of the path.")]


@app.command()
def new(
    name: NameArgument,
    passphrase_file: PassphraseOption = None,
    *,
    algo: AlgoOption = Algo.SECP256K1,
    coin_type: CoinTypeOption = 389,
    account: AccountOption = 0,
    index: IndexOption = 0,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a key; shows its recovery phrase once."""
    from qos.cli.keyring import add, path_of
    from qos.wallet.io.keyring import new_entropy
    from qos.wallet.phrase import words_of

    path, entropy = path_of(coin_type, account, index), new_entropy()
    add(home, name, entropy, path, algo, passphrase_file, output, phrase=words_of(entropy))


@app.command("import")
def import_(  # noqa: PLR0913  one parameter an option
    name: NameArgument,
    phrase_file: Annotated[Path | None, typer.Option(help="File with the phrase; else it is read from input.")] = None,
    passphrase_file: PassphraseOption = None,
    *,
    algo: AlgoOption = Algo.SECP256K1,
    coin_type: CoinTypeOption = 389,
    account: AccountOption = 0,
    index: IndexOption = 0,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a key from a recovery phrase. Another wallet's phrase needs that wallet's --algo and --coin-type."""
    from qos.cli.keyring import add, path_of
    from qos.wallet.phrase import entropy_of

    path = path_of(coin_type, account, index)

    if phrase_file is None and sys.stdin.isatty():
        print("Recovery phrase:", file=sys.stderr)
    phrase = phrase_file.read_text("utf-8") if phrase_file is not None else sys.stdin.readline()
    add(home, name, entropy_of(phrase), path, algo, passphrase_file, output, phrase="")


@app.command("add-multisig")
def add_multisig(
    name: NameArgument,
    members: Annotated[
        list[str],
        typer.Option("--member", help="Name of a key, or a public key in JSON as qos keys show prints it; in order."),
    ],
    threshold: Annotated[int, typer.Option(min=1, help="How many members must sign.")],
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Name a multisig: several keys of which a number must sign. Its address depends on the members' order."""
    from qos.cli.keyring import add_group

    add_group(home, name, members, threshold, output)


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """List all keys."""
    from qos.cli.keyring import show_all

    show_all(home, output)


@app.command()
def show(name: NameArgument, home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show a key's address in both forms, its public key and its path."""
    from qos.cli.keyring import show_one

    show_one(home, name, output)


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
        signer = dev.signer(name)
    else:
        opened.keyring.get(name)
        signer = opened.keyring.open(name, read_passphrase(passphrase_file, f"Passphrase of {name}: "))
    scheme, phrase = signer.scheme, words_of(signer.entropy)
    path = scheme.path_of(signer.path)
    text = f"{phrase}\n\nThe key is {scheme.name} at {path}."
    show({"name": name, "phrase": phrase, "algo": scheme.name, "path": path}, output, text)


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

    opened = session(home)
    keyring = opened.public_keys if name in opened.public_keys.names() else opened.keyring
    keyring.get(name)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("deleting a key needs a yes", "give --yes")
        typer.confirm(f"Delete {name}? Only its recovery phrase brings it back.", abort=True)
    keyring.delete(name)
    show({"deleted": name}, output, f"deleted {name}")
