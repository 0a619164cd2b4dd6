"""Going from one version of the software to the next, at a height the chain agreed on (protocol section 7).

The version that runs until then refuses the planned block; the next one refuses to start before it, and makes it after
migrating the state of the modules that changed, in one commit with the block. That block holds no transactions: whoever
admits them before it would read the state of one version by the rules of the other.

What is planned and which versions the state has is kept by a module, which fills `UpgradeRules`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qos.base.errors import ErrorCode, InvariantBroken, QosError, RuleViolation
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.store.access import Reads


class WrongVersion(QosError):
    """This version of the software is not the one that makes the chain's next block."""


class UpgradeUnderWay(RuleViolation):
    """The next block migrates the state: no transaction can be judged before it, no older state read after it."""

    code = ErrorCode("upgrade", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An upgrade and the first block that the next version makes."""

    name: str
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """Brings the state of a module to a version from the one before; from 0 it makes that of a new module."""

    module: str
    version: int
    run: Callable[[Context], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What a version of the software does when it takes over at a plan of this name."""

    name: str
    migrations: tuple[Migration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeRules:
    """How the frame reaches plans and versions; the upgrade module fills it.

    `plan` returns what is planned; `versions` those of the state by module, empty before genesis; `applied_at` when the
    last upgrade was made, 0 for never. `start` records versions at genesis, `apply` those after an upgrade.
    """

    plan: Callable[[Reads], Planned | None]
    versions: Callable[[Reads], Mapping[str, int]]
    applied_at: Callable[[Reads], int]
    start: Callable[[Context, Mapping[str, int]], None]
    apply: Callable[[Context, Planned, Mapping[str, int]], None]


@dataclass(frozen=True, slots=True)
class Software:
    """What a build of a chain is made of, as far as upgrades go: its modules' versions and the upgrades it knows."""

    rules: UpgradeRules
    versions: Mapping[str, int]
    upgrades: Sequence[Upgrade]

    def start(self, ctx: Context) -> None:
        """Record the versions of a state from genesis. Raises: BadGenesis when genesis is of another build."""
        named = self.rules.versions(ctx)
        if named and dict(named) != dict(self.versions):
            raise BadGenesis(f"genesis holds the state of other versions: {_difference(named, self.versions)}")
        self.rules.start(ctx, self.versions)

    def due(self, ctx: Reads, height: int) -> Planned | None:
        """Return the upgrade that a block makes."""
        planned = self.rules.plan(ctx)
        return planned if planned is not None and planned.height == height else None

    def check_start(self, ctx: ReadContext) -> None:
        """Refuse to go on from a committed state that this build neither reads nor migrates. Raises: WrongVersion."""
        found = self.rules.versions(ctx)
        if dict(found) == dict(self.versions):
            return
        height = ctx.block.height
        what = _difference(found, self.versions)
        if all(found.get(name, 0) >= version for name, version in self.versions.items()):
            raise WrongVersion(
                f"the chain was upgraded at height {self.rules.applied_at(ctx)} and this version of qos is older "
                f"({what}): start the version that made the upgrade"
            )
        planned = self.rules.plan(ctx)
        if planned is None or self._known(planned.name) is None:
            raise WrongVersion(
                f"this version of qos needs an upgrade that the chain has not planned ({what}): "
                f"start the version that made block {height}"
            )
        if planned.height != height + 1:
            raise WrongVersion(
                f"this version of qos takes over at height {planned.height}, the chain is at {height}: "
                f"run the version before until it stops by itself at height {planned.height - 1}"
            )

    def readable_from(self, ctx: Reads) -> int:
        """Return the first height whose state this build can read, 0 for all of them."""
        if not self.upgrades:
            return 0
        planned = self.rules.plan(ctx)
        waits = planned is not None and dict(self.rules.versions(ctx)) != dict(self.versions)
        return planned.height if planned is not None and waits else self.rules.applied_at(ctx)

    def run(self, ctx: Context) -> None:
        """Make the upgrade that is planned for this block. Raises: WrongVersion when this build does not know it."""
        planned = self.due(ctx, ctx.block.height)
        if planned is None:
            return
        upgrade = self._known(planned.name)
        if upgrade is None:
            raise WrongVersion(
                f"block {planned.height} is made by the version of qos that knows upgrade {planned.name!r}: "
                "install it and start it on the same home"
            )
        migrations = {(each.module, each.version): each for each in upgrade.migrations}
        found = self.rules.versions(ctx)
        for name, version in self.versions.items():
            for step in range(found.get(name, 0) + 1, version + 1):
                migration = migrations.get((name, step))
                if migration is None:
                    raise InvariantBroken(f"upgrade {planned.name} does not bring {name} to version {step}")
                migration.run(ctx)
        self.rules.apply(ctx, planned, self.versions)
        ctx.emit("upgrade", (("name", planned.name), ("height", str(planned.height))))

    def _known(self, name: str) -> Upgrade | None:
        return next((each for each in self.upgrades if each.name == name), None)


def _difference(found: Mapping[str, int], wanted: Mapping[str, int]) -> str:
    """Say which modules differ: the state's versions against the build's."""
    names = sorted({*found, *wanted})
    parts = [(name, found.get(name, 0), wanted.get(name, 0)) for name in names]
    return ", ".join([f"{name} {there} there, {here} here" for name, there, here in parts if there != here])
