"""`qos node init | start | status | show | snapshot | rollback | prune`: one node on CometBFT."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import Output, OutputOption

NODE_HOME = Path("~/.qos/node")
NodeHomeOption = Annotated[Path, typer.Option("--home", help="Home of the node.", show_default=str(NODE_HOME))]
app = typer.Typer(no_args_is_help=True, help="One node on CometBFT: make it, run it, look after it.")


class Kind(StrEnum):
    """Kinds of chains."""

    PUBLIC = "public"
    BUSINESS = "business"
    CASSINI = "cassini"


@app.command()
def init(
    kind: Annotated[Kind, typer.Option("--kind", help="Which kind of chain.")] = Kind.PUBLIC,
    genesis: Annotated[
        Path | None, typer.Option("--genesis", help="Genesis file of the chain; else a development chain begins here.")
    ] = None,
    chain_id: Annotated[str, typer.Option("--chain-id", help="Of a development chain that begins here.")] = "qos-1",
    moniker: Annotated[str, typer.Option("--moniker", help="What the node calls itself.")] = "node",
    peers: Annotated[str, typer.Option("--peers", help="ID@HOST:PORT of nodes to dial, separated by commas.")] = "",
    port_base: Annotated[
        int | None, typer.Option(min=0, max=65_335, help="RPC port; the others follow it. 0 takes free ones.")
    ] = None,
    home: NodeHomeOption = NODE_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Write the home of a new node: keys that only its owner reads, config.toml, genesis.json."""
    from qos.cli import nodes

    founding = nodes.Founding(kind=kind.value, genesis=genesis, chain_id=chain_id, moniker=moniker, peers=peers)
    nodes.init(home, founding, port_base, output)


@app.command()
def start(home: NodeHomeOption = NODE_HOME, output: OutputOption = Output.TEXT) -> None:
    """Run the node in the foreground: application, engine and edges, until Ctrl-C or SIGTERM."""
    from qos.cli import nodes

    nodes.start(home, output)


@app.command()
def status(home: NodeHomeOption = NODE_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show whether the node runs and makes blocks; exit 1 when it does not make any, 3 when it does not run."""
    from qos.cli import nodes

    nodes.status(home, output)


@app.command()
def show(home: NodeHomeOption = NODE_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show who the node is: its id among peers, its validator key, its chain."""
    from qos.cli import nodes

    nodes.identity(home, output)


@app.command()
def snapshot(
    height: Annotated[int | None, typer.Option(min=1, help="Which kept height; the newest unless given.")] = None,
    home: NodeHomeOption = NODE_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Write a snapshot beside the running node; other nodes can begin with it by state sync."""
    from qos.cli import nodes

    nodes.snapshot(home, height, output)


@app.command()
def rollback(home: NodeHomeOption = NODE_HOME, output: OutputOption = Output.TEXT) -> None:
    """Take the stopped node one block back, which the next start executes again: after a repair of wrong software.

    Engine and application go back together. The block and what was signed stay; older versions of the state go.
    """
    from qos.cli import nodes

    nodes.rollback(home, output)


@app.command()
def prune(home: NodeHomeOption = NODE_HOME, output: OutputOption = Output.TEXT) -> None:
    """Give back the disk space of what a stopped node has pruned; [store] in config.toml says what it keeps."""
    from qos.cli import nodes

    nodes.prune(home, output)
