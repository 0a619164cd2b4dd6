"""What a module declares: from this its codec, queries, genesis, errors and CLI follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from qos.base.errors import RuleViolation
from qos.machine.abci import ValidatorUpdate
from qos.machine.context import Context, ReadContext
from qos.machine.upgrades import UpgradeRules
from qos.proto.record import Record, Server
from qos.store.backend import Pair

G = TypeVar("G", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis(Generic[G]):
    """How a module's state is imported and exported as one record."""

    kind: type[G]
    load: Callable[[Context, G], None]
    dump: Callable[[ReadContext], G]


Lines = Callable[[], Iterator[bytes]]
"""Reads the file beside the genesis document from its beginning, line by line, each with its end of line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Generic[G]):
    """How a module takes from a file beside the genesis document what is too much for it; one module of a chain may.

    `named` returns what binds the file, None when the module's genesis names none. `tables` returns stores, by store
    id, and what the file says as pairs in order of key; they raise BadGenesis unless it is the file that was named.
    """

    named: Callable[[G], bytes | None]
    tables: Callable[[G, Lines], Sequence[tuple[str, Iterator[Pair]]]]


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
    beside: Beside[Any] | None = None
    begin_block: Callable[[Context], None] | None = None
    end_block: Callable[[Context], None] | None = None
    validators: ValidatorRules | None = None
    upgrades: UpgradeRules | None = None
    invariants: tuple[Callable[[ReadContext], None], ...] = ()
