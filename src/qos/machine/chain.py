"""A chain: its modules, wired. The lists themselves stand in `qos.chains`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.machine.context import Context, MessageRoute, ReadContext
from qos.machine.module import Module, ValidatorRules
from qos.machine.upgrades import Software, Upgrade
from qos.proto.codec import type_url
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee


class Account(NamedTuple):
    """What the frame needs to know of a signer."""

    address: Address
    number: int
    sequence: int
    public_key: AnyRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHooks:
    """How the frame reaches accounts; the accounts module fills it.

    `find` returns the account or None; `advance` uses up its sequence and remembers the key.
    """

    find: Callable[[Context, Address], Account | None]
    advance: Callable[[Context, Account, AnyRecord], None]


class Charge(Protocol):
    """How the frame takes a fee; the fees module fills it."""

    def __call__(self, ctx: Context, payer: Address, fee: Fee, *, simulate: bool) -> tuple[Coin, ...]:
        """Debit the fee and return what was taken. Raises: InsufficientFee, InsufficientFunds."""
        ...


class SpendGrant(Protocol):
    """How a fee is paid by somebody who granted that; the feegrant module fills it."""

    def __call__(
        self, ctx: Context, granter: Address, grantee: Address, fee: tuple[Coin, ...], messages: tuple[AnyRecord, ...]
    ) -> None:
        """Use the grant for a fee. Raises: what the grant refuses."""
        ...


class Payment(NamedTuple):
    """What one transaction of a block paid for its gas limit."""

    gas_limit: int
    fee: tuple[Coin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRoute:
    """How one query is decoded and answered."""

    request: type[Record]
    answer: Callable[[ReadContext, Any], Record]
    module: str


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A list of modules and what the frame needs of them.

    `gas_price` tells what a unit of gas costs at least; `collect` receives the payments of a block once, at its end,
    and the context's `dues`. `bulky` names message types that may come in transactions above the plain size limit
    (deployments, packet deliveries). Without `spend_grant` everybody pays his own fees. `upgrades` are those this
    build can make.
    """

    kind: str
    app_version: int
    modules: tuple[Module, ...]
    accounts: AccountHooks
    charge: Charge
    collect: Callable[[Context, tuple[Payment, ...]], None]
    gas_price: Callable[[ReadContext], int]
    bulky: frozenset[str] = frozenset()
    spend_grant: SpendGrant | None = None
    upgrades: tuple[Upgrade, ...] = ()

    @cached_property
    def validators(self) -> ValidatorRules | None:
        """How this chain decides who makes blocks; None when those of genesis do for ever."""
        found = [module.validators for module in self.modules if module.validators is not None]
        if len(found) > 1:
            raise ValueError("two modules decide who makes blocks")
        return found[0] if found else None

    @cached_property
    def software(self) -> Software | None:
        """What this build is, for upgrades; None when no module of the chain plans any."""
        rules = next((module.upgrades for module in self.modules if module.upgrades is not None), None)
        versions = {module.name: module.version for module in self.modules}
        return None if rules is None else Software(rules, versions, self.upgrades)

    @cached_property
    def messages(self) -> dict[str, MessageRoute]:
        """Message routes by type URL."""
        routes: dict[str, MessageRoute] = {}
        for module in self.modules:
            for server in module.msgs:
                for method in server.methods:
                    handle = getattr(server, method.attribute)
                    route = MessageRoute(kind=method.request, handle=handle, module=module.name)
                    _add(routes, type_url(method.request), route)
        return routes

    @cached_property
    def queries(self) -> dict[str, QueryRoute]:
        """Query routes by path, `/<service>/<method>`."""
        routes: dict[str, QueryRoute] = {}
        for module in self.modules:
            for server in module.queries:
                for method in server.methods:
                    answer = getattr(server, method.attribute)
                    route = QueryRoute(request=method.request, answer=answer, module=module.name)
                    _add(routes, f"/{server.full_name}/{method.name}", route)
        return routes

    @cached_property
    def stores(self) -> dict[str, int]:
        """One-byte id of each store by name."""
        stores: dict[str, int] = {}
        for module in self.modules:
            _add(stores, module.store, module.store_id)
        if len(set(stores.values())) != len(stores):
            raise ValueError("two modules claim one store id")
        return stores

    @cached_property
    def errors(self) -> dict[tuple[str, int], type[RuleViolation]]:
        """Error classes of all modules by codespace and number."""
        found: dict[tuple[str, int], type[RuleViolation]] = {}
        for module in self.modules:
            for error in module.errors:
                _add(found, (error.code.codespace, error.code.number), error)
        return found


def _add(table: dict[Any, Any], key: Any, value: Any) -> None:
    if key in table:
        raise ValueError(f"{key} is declared twice")
    table[key] = value
