"""`qos doctor`: what is wrong with a home, and what to do about it."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption


def doctor(
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every value of the newest state and every block.")] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> int:
    """Look at homes, keys, ports, disk, clock and stores, also beside running nodes; exit 1 when something is wrong."""
    from qos.cli.errors import EXIT_REFUSED
    from qos.cli.output import show
    from qos.cli.session import session
    from qos.node.doctor.findings import as_json, as_text, problems_in
    from qos.node.doctor.network import examine

    findings = tuple(examine(session(home).home, deep=deep))
    show(as_json(findings), output, as_text(findings))
    return EXIT_REFUSED if problems_in(findings) else 0
