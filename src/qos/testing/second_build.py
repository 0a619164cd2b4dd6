"""A second build of the software: another source tree, whose public chain is the next version of ours.

It lays the index of fee grants out under another prefix and serves the messages of a module the first build's public
chain does not have. At upgrade `second` it migrates what the first build left. It is started as another program on the
same home. When a file named by QOS_TEST_CRASH is there it removes it and kills itself amid the migration.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import qos

NAME = "second"
CRASH = "QOS_TEST_CRASH"
_SECOND = '''"""What the second version does when it takes over."""

import os
import signal
from pathlib import Path

from qos.machine.context import Context
from qos.machine.upgrades import Migration, Upgrade


def move_index(ctx: Context) -> None:
    rows = tuple(ctx.scan("feegrant", b"\\x01", b"\\x02"))
    for number, (key, value) in enumerate(rows):
        if number == len(rows) // 2:
            crash()
        ctx.erase("feegrant", key)
        ctx.write("feegrant", b"\\x11" + key[1:], value)


def crash() -> None:
    file = os.environ.get("QOS_TEST_CRASH", "")
    if file and Path(file).exists():
        Path(file).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


SECOND = Upgrade(
    name="second",
    migrations=(
        Migration(module="feegrant", version=2, run=move_index),
        Migration(module="orders", version=1, run=lambda ctx: None),
    ),
)
'''
_EDITS = {
    "modules/assets/feegrant/state.py": (('Map(STORE, b"\\x01"', 'Map(STORE, b"\\x11"'),),
    "modules/assets/feegrant/module.py": (('name="feegrant",', 'name="feegrant",\n    version=2,'),),
    "chains/public.py": (
        ("        QCP,\n    ),\n", "        QCP,\n        ORDER_BOOK,\n    ),\n    upgrades=(SECOND,),\n"),
        (
            "from qos.machine.chain import Chain\n",
            "from qos.chains.second import SECOND\n"
            "from qos.machine.chain import Chain\n"
            "from qos.modules.scenarios.orders.module import ORDER_BOOK\n",
        ),
    ),
}


def build(folder: Path) -> Path:
    """Make the second build's source tree in a folder. Raises: ValueError when the first one is not as expected."""
    first, second = Path(qos.__file__).parent, folder / "qos"
    shutil.copytree(first, second, ignore=shutil.ignore_patterns("__pycache__"))
    (second / "chains" / "second.py").write_text(_SECOND)
    for name, edits in _EDITS.items():
        text = (second / name).read_text()
        for old, new in edits:
            if text.count(old) != 1:
                raise ValueError(f"{name} does not hold {old!r} once")
            text = text.replace(old, new)
        (second / name).write_text(text)
    return folder


def start(home: Path, source: Path | None = None, *, crash: Path | None = None) -> subprocess.Popen[str]:
    """Start a node on a home: of this build, or of the one whose sources are named."""
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    if crash is not None:
        environment[CRASH] = str(crash)
    command = [sys.executable, "-m", "qos.node.run_chain", "--home", str(home)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
