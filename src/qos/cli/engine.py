"""`qos engine install | version`: the CometBFT program that chains outside development run on."""

from typing import Annotated

import typer

from qos.cli.options import Output, OutputOption

app = typer.Typer(no_args_is_help=True, help="The CometBFT program: install it, show its version.")


@app.command()
def install(
    version: Annotated[str, typer.Option("--version", help="Which released 0.38; the tested one unless given.")] = "",
    output: OutputOption = Output.TEXT,
) -> None:
    """Build CometBFT for this user, with the machine's Go or one fetched as a wheel; takes one to three minutes."""
    import time

    from qos.cli.output import show
    from qos.engine.cometbft.io.install import install as build
    from qos.engine.cometbft.versions import PINNED, parse_version

    began = time.monotonic()

    def tell(line: str) -> None:
        if output is Output.TEXT:
            print(f"{time.monotonic() - began:5.1f} s  {line}", flush=True)

    done = build(tell, parse_version(version) if version else PINNED)
    show(
        {"version": str(done.program.version), "program": str(done.program.file), "built": done.built},
        output,
        f"CometBFT {done.program.version} is at {done.program.file}",
    )


@app.command(name="version")
def version_(
    program: Annotated[str, typer.Option("--program", help="Which program; the newest installed unless given.")] = "",
    output: OutputOption = Output.TEXT,
) -> None:
    """Show which CometBFT would run; refused when it is missing or of a version that may not run."""
    from qos.cli.output import show
    from qos.engine.cometbft.io.program import find_engine
    from qos.engine.cometbft.versions import FLOOR

    found = find_engine(program)
    show({"version": str(found.version), "program": str(found.file), "floor": str(FLOOR)}, output)
