"""Entry point of `qos`: the command tree, and the one place where errors become reports and exit codes."""

import sys
from collections.abc import Sequence

import typer

# typer carries its own click and shows only the leaves of its error classes; all wrong usage has this base.
from typer._click.exceptions import UsageError as WrongUsage

from qos.base.errors import QosError
from qos.cli import (
    business,
    ca,
    cassini,
    doctor,
    economics,
    engine,
    export_config,
    genesis,
    keys,
    localnet,
    network,
    node,
    proposals,
    qcp,
    query,
    rewards,
    snapshot,
    tx,
    validators,
)
from qos.cli.errors import UsageError, print_report, report_of

app = typer.Typer(
    name="qos",
    help="QOS: a dual-layer blockchain. Start with: qos up",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(network.up)
app.command()(network.down)
app.command()(network.status)
app.command()(doctor.doctor)
app.command()(economics.economics)
app.command(name="export-config")(export_config.export_config)
app.add_typer(localnet.app, name="localnet")
app.add_typer(engine.app, name="engine")
app.add_typer(node.app, name="node")
app.add_typer(keys.app, name="keys")
app.add_typer(tx.app, name="tx")
app.add_typer(query.app, name="query")
app.add_typer(rewards.app, name="rewards")
app.add_typer(qcp.app, name="qcp")
app.add_typer(cassini.app, name="cassini")
app.add_typer(ca.app, name="ca")
app.add_typer(snapshot.app, name="snapshot")
app.command(name="export")(snapshot.genesis)
app.add_typer(business.app, name="business")
app.command()(proposals.proposals)
app.command()(validators.validators)
app.add_typer(genesis.app, name="genesis")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 refused, 2 wrong usage, 3 unreachable."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    sys.exit(_run(arguments, as_json=_wants_json(arguments)))


def _run(arguments: Sequence[str], *, as_json: bool) -> int:
    try:
        code = app(arguments, prog_name="qos", standalone_mode=False)
    except WrongUsage as error:
        if not as_json:
            error.show()
            return error.exit_code
        failure: QosError = UsageError(error.format_message(), "qos --help")
    except typer.Abort:
        failure = UsageError("stopped before it was done")
    except OSError as error:
        failure = UsageError(str(error))
    except QosError as error:
        failure = error
    else:
        return code if isinstance(code, int) else 0
    report = report_of(failure)
    print_report(report, as_json=as_json)
    return report.exit_code


def _wants_json(arguments: Sequence[str]) -> bool:
    joined = " ".join(arguments)
    return "--output json" in joined or "--output=json" in joined


if __name__ == "__main__":
    main()
