"""`qos snapshot export | list | import` and `qos export`: a node's state in files."""

import re
from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, Output, OutputOption

app = typer.Typer(no_args_is_help=True, help="Snapshots of a chain's state: export, list, import.")


@app.command()
def export(
    chain: ChainOption = "public",
    height: Annotated[int | None, typer.Option(min=1, help="Which kept height; the newest unless given.")] = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Write a snapshot beside a running or stopped node; blocks go on meanwhile."""
    from qos.cli.output import show
    from qos.cli.session import session
    from qos.node.snapshots.exporting import export_snapshot
    from qos.node.snapshots.files import described

    show(described(export_snapshot(session(home).chain_home(chain), height)), output)


@app.command(name="list")
def list_(chain: ChainOption = "public", home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show the snapshots of a node, newest first."""
    from qos.cli.output import show
    from qos.cli.session import session
    from qos.node.snapshots.files import described, snapshots_of

    found = snapshots_of(session(home).chain_home(chain))
    show({"snapshots": [described(each) for each in found]}, output)


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(help="The snapshot: a folder with manifest.json.")],
    trust: Annotated[
        str, typer.Option("--trust", help="Hash of the header after the snapshot; else the node's own blocks decide.")
    ] = "",
    chain: ChainOption = "public",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make the state of a stopped node that has none from a snapshot, after every byte of it was checked."""
    from qos.cli.errors import UsageError
    from qos.cli.output import show
    from qos.cli.session import session
    from qos.node.snapshots.files import described
    from qos.node.snapshots.importing import import_snapshot

    if re.fullmatch(r"(0x)?[0-9A-Fa-f]{64}|", trust) is None:
        raise UsageError(
            "--trust is a hash of 64 hexadecimal digits",
            "take the hash of the header after the snapshot from a node you believe: the route block",
        )
    trusted = bytes.fromhex(trust.removeprefix("0x"))
    show(described(import_snapshot(folder, session(home).chain_home(chain), trusted or None)), output)


def genesis(
    chain: ChainOption = "public",
    height: Annotated[int | None, typer.Option(min=1, help="Which kept height; the newest unless given.")] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print the state of a chain as the genesis document it can go on from."""
    from qos.cli.session import session
    from qos.node.genesis_export import export_genesis

    print(export_genesis(session(home).chain_home(chain), height), end="")
