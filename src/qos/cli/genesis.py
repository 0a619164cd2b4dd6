"""`qos genesis new | add-account | add-holdings | add-validator | collect | validate`: founders of a public network."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption

app = typer.Typer(no_args_is_help=True, help="The genesis of a public network, made by its founders together.")
FileOption = Annotated[Path, typer.Option("--file", help="The genesis document.")]
DEFAULT_FILE = Path("genesis.json")


@app.command()
def new(
    chain_id: Annotated[str, typer.Argument(help="Id of the chain, like qos-1.")],
    time: Annotated[str, typer.Argument(help="When it begins, like 2027-01-01T00:00:00Z.")],
    file: FileOption = DEFAULT_FILE,
    output: OutputOption = Output.TEXT,
) -> None:
    """Write the whitepaper's public network without accounts and validators: seven phases, 21 validators."""
    from qos.cli import gathering

    gathering.new(chain_id, time, file, output)


@app.command(name="add-account")
def add_account(
    address: Annotated[str, typer.Argument(help="Who holds it: an address or the name of a key.")],
    amount: Annotated[str, typer.Argument(help="How much, like 5000qos.")],
    file: FileOption = DEFAULT_FILE,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Let an account hold QOS from the start."""
    from qos.cli import gathering

    gathering.add_account(address, amount, file, home, output)


@app.command(name="add-holdings")
def add_holdings(
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="Lines ADDRESS,AMOUNT in any order: qos1...,5qos.")],
    file: FileOption = DEFAULT_FILE,
    output: OutputOption = Output.TEXT,
) -> None:
    """Let millions of accounts hold something: they go into a file beside the document, which names it by hash.

    genesis.json gets genesis.holdings; publish both. A list takes the place of the one before.
    """
    from qos.cli import gathering

    gathering.add_holdings(listed, file, output)


@app.command(name="add-validator")
def add_validator(
    moniker: Annotated[str, typer.Argument(help="Name of the validator.")],
    consensus_key: Annotated[str, typer.Option(help="Its ed25519 key, as qos node show writes it.")],
    self_bond: Annotated[str, typer.Option(help="What its account bonds, like 50000qos.")],
    from_: Annotated[str, typer.Option("--from", help="Name of the key that bonds and signs.")],
    file: FileOption = DEFAULT_FILE,
    passphrase_file: Annotated[Path | None, typer.Option(help="File with the key's passphrase.")] = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Sign a validator for this chain, its commission 10 %, into gentx/ beside the document, for whoever collects."""
    from qos.cli import gathering

    wish = gathering.Wish(moniker=moniker, key=consensus_key, self_bond=self_bond)
    gathering.add_validator(wish, from_, file, passphrase_file, home, output)


@app.command()
def collect(file: FileOption = DEFAULT_FILE, output: OutputOption = Output.TEXT) -> None:
    """Put all signed validators of gentx/ into the document, after every signature was verified."""
    from qos.cli import gathering

    gathering.collect(file, output)


@app.command()
def validate(file: FileOption = DEFAULT_FILE, output: OutputOption = Output.TEXT) -> None:
    """Start the chain in memory: every relation of parameters, balances and bonds is checked."""
    from qos.cli import gathering

    gathering.validate(file, output)
