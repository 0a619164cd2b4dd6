"""What people see of long work, a line now and then; programs that read JSON see its result only."""

from collections.abc import Callable

from qos.cli.options import Output

LINES_A_TURN = 500_000


def telling(work: str, output: Output) -> Callable[[int], None]:
    """Return what tells people how many lines of a file some work has come through."""

    def tell(lines: int) -> None:
        if output is Output.TEXT and not lines % LINES_A_TURN:
            print(f"{work}: {lines:,} lines", flush=True)

    return tell
