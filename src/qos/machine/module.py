"""What a module declares: from this its codec, queries, genesis, errors and CLI follow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from qos.base.errors import RuleViolation
from qos.machine.abci import ValidatorUpdate
from qos.machine.context import Context, ReadContext
from qos.machine.upgrades import UpgradeRules
from qos.proto.record import Record, Server

G = TypeVar("G", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis(Generic[G]):
    """How a module's state is imported and exported as one record."""

    kind: type[G]
    load: Callable[[Context, G], None]
    dump: Callable[[ReadContext], G]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorRules:
    """How a module decides who makes blocks; at most one of a chain does.

    `check` refuses validators of genesis that contradict the module's state; `updates` runs last in every block and
    returns what the engine has to change, in order of key.
    """

    check: Callable[[ReadContext, tuple[ValidatorUpdate, ...]], None]
    updates: Callable[[Context], tuple[ValidatorUpdate, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One area of rules.

    `name` is its genesis key, error codespace and CLI group. `store` is the state store it owns and
    `store_id` that store's one byte on disk, unique over all modules ever. `version` rises when its state is laid out
    otherwise, which takes an upgrade. `invariants` raise
    InvariantBroken; tests run them after every block. Hooks run in the order of the chain's list.
    """

    name: str
    version: int = 1
    store: str
    store_id: int
    msgs: tuple[Server[Context], ...] = ()
    queries: tuple[Server[ReadContext], ...] = ()
    errors: tuple[type[RuleViolation], ...] = ()
    genesis: Genesis[Any]
    begin_block: Callable[[Context], None] | None = None
    end_block: Callable[[Context], None] | None = None
    validators: ValidatorRules | None = None
    upgrades: UpgradeRules | None = None
    invariants: tuple[Callable[[ReadContext], None], ...] = ()
