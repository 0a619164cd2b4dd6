"""Accounts in genesis."""

from itertools import pairwise

from qos.base.errors import InvariantBroken
from qos.base.identifiers import module_address
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts.state import ACCOUNTS, NEXT_NUMBER
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount, ModuleAccount
from qos.proto.records.qos_accounts_v1 import GenesisState


def load(ctx: Context, state: GenesisState) -> None:
    """Import accounts with their numbers, behind those that a file beside the document has.

    Raises: BadGenesis on a repeated address or number, and on a module account that is not where its name leads.
    """
    first = NEXT_NUMBER.get(ctx) or 0
    numbers: set[int] = set()
    entries: list[tuple[BaseAccount, BaseAccount | ModuleAccount]] = [(each, each) for each in state.accounts]
    entries += [(_base_of(each), each) for each in state.module_accounts]
    for base, account in entries:
        if not base.address or ACCOUNTS.has(ctx, base.address) or base.account_number in numbers:
            raise BadGenesis(f"account {base.account_number} has no address or stands twice")
        if base.account_number < first:
            raise BadGenesis(f"account numbers 0 to {first - 1} are those of the file of holdings")
        numbers.add(base.account_number)
        ACCOUNTS.set(ctx, base.address, account)
    NEXT_NUMBER.set(ctx, max(numbers, default=first - 1) + 1)


def _base_of(account: ModuleAccount) -> BaseAccount:
    base = account.base_account
    if base is None or base.address != module_address(account.name):
        raise BadGenesis(f"module account {account.name[:100]!r} does not have the address of its name")
    return base


def dump(ctx: ReadContext) -> GenesisState:
    """Export all accounts."""
    found = [account for _, account in ACCOUNTS.items(ctx)]
    plain = [account for account in found if isinstance(account, BaseAccount)]
    modules = [account for account in found if isinstance(account, ModuleAccount)]
    return GenesisState(
        accounts=tuple(sorted(plain, key=lambda account: account.account_number)),
        module_accounts=tuple(sorted(modules, key=lambda account: account.name)),
    )


def numbers_are_unique(ctx: ReadContext) -> None:
    """Every account number belongs to one account and lies below the next one."""
    seen = sorted(_number(account) for _, account in ACCOUNTS.items(ctx))
    repeats = any(number == other for number, other in pairwise(seen))
    if repeats or (seen and seen[-1] >= (NEXT_NUMBER.get(ctx) or 0)):
        raise InvariantBroken("account numbers repeat or run ahead")


def _number(account: BaseAccount | ModuleAccount) -> int:
    return _base_of(account).account_number if isinstance(account, ModuleAccount) else account.account_number


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
