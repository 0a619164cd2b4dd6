"""Entry point of `qos`: the command tree, and the one place where errors become reports and exit codes."""

import sys
from collections.abc import Sequence

import typer

from qos.base.errors import QosError
from qos.cli import keys, network, query, tx

app = typer.Typer(
    name="qos",
    help="QOS: a dual-layer blockchain. Start with: qos up",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command()(network.up)
app.command()(network.down)
app.command()(network.status)
app.add_typer(keys.app, name="keys")
app.add_typer(tx.app, name="tx")
app.add_typer(query.app, name="query")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 refused, 2 wrong usage, 3 unreachable."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(arguments)
    except QosError as error:
        from qos.cli.errors import print_report, report_of

        report = report_of(error)
        print_report(report, as_json=_wants_json(arguments))
        sys.exit(report.exit_code)


def _wants_json(arguments: Sequence[str]) -> bool:
    joined = " ".join(arguments)
    return "--output json" in joined or "--output=json" in joined


if __name__ == "__main__":
    main()
