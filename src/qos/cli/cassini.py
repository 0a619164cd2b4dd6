"""`qos cassini`: the relay group, what it did and how it is."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import (
    DEFAULT_HOME,
    ChainOption,
    HomeOption,
    NodeOption,
    Output,
    OutputOption,
    PassphraseOption,
    WitnessOption,
)

app = typer.Typer(
    help="The relay group: status, audit, sign-rotation, rotate.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def cassini() -> None:
    """Look at the relay group."""


@app.command()
def status(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show what waits on every route, the members, and the relays of this machine."""
    from qos.cli import relays
    from qos.cli.session import session

    relays.show_status(session(home), output)


@app.command()
def audit(
    batch: Annotated[int, typer.Argument(min=1, help="Number of the batch: qos qcp trace TXHASH shows it.")],
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    genesis: Annotated[
        Path | None, typer.Option("--genesis", help="Genesis of the Cassini chain; else the one in the home.")
    ] = None,
    trust: Annotated[str, typer.Option("--trust", help="HEIGHT:HASH to trust instead of genesis.")] = "",
    witness: WitnessOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Prove from blocks alone who saw, voted, signed and handed in a batch."""
    from qos.cli import auditing
    from qos.cli.session import session

    source = auditing.Source(node=node, genesis=genesis, trust=trust, witnesses=tuple(witness or ()))
    auditing.show_audit(session(home), batch, source, output)


@app.command()
def sign_rotation(  # noqa: PLR0913  one parameter an option
    peer: Annotated[str, typer.Argument(help="Chain whose packets the keys attest.")],
    relay: Annotated[Path, typer.Option("--relay-home", help="Home of the relay that signs.")],
    add: Annotated[
        list[str] | None, typer.Option("--add", help="Attestation key that joins, in hex or base64.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Attestation key that leaves, in hex or base64.")
    ] = None,
    message: Annotated[
        Path | None, typer.Option("--message", help="What another relay's sign-rotation printed; instead of keys.")
    ] = None,
    blocks: Annotated[int, typer.Option(min=1, help="For how many blocks it counts.")] = 100_000,
    *,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.JSON,
) -> None:
    """Sign the next keys of a peer's relays, as one relay; more than two thirds of them have to."""
    from qos.cli import rotating
    from qos.cli.errors import UsageError
    from qos.cli.session import session

    if (message is None) == (not add and not remove):
        raise UsageError("give --message FILE, or --add and --remove")
    added, removed = rotating.read_keys(add or ()), rotating.read_keys(remove or ())
    wanted = message or rotating.Change(added=added, removed=removed, blocks=blocks)
    given = {"chain": chain, "node": node, "output": output}
    rotating.sign_rotation(session(home), relay, peer, wanted, given)


@app.command()
def rotate(
    file: Annotated[Path, typer.Argument(help="What the last sign-rotation printed.")],
    from_: Annotated[str, typer.Option("--from", help="Name of the key that pays.")],
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Hand in the next keys of a peer's relays once enough have signed; new ones count a day later."""
    from qos.cli import rotating
    from qos.cli.session import session
    from qos.client.speed import Speed

    given = {
        "from_": from_,
        "chain": chain,
        "node": node,
        "passphrase_file": passphrase_file,
        "output": output,
        "note": "",
        "timeout_height": 0,
        "gas": 0,
        "fee": None,
        "speed": Speed.NORMAL,
        "fee_granter": None,
        "generate_only": False,
        "dry_run": False,
        "wait": True,
    }
    rotating.rotate(session(home), file, given)
