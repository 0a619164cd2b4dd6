"""What other modules and the frame may do with accounts."""

from collections.abc import Iterable, Iterator

from qos.base.identifiers import Address, module_address
from qos.machine.chain import Account, AccountHooks
from qos.machine.context import Context
from qos.machine.genesis import BadGenesis
from qos.modules.assets.accounts.state import ACCOUNTS, NEXT_NUMBER, kind_of
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount, ModuleAccount
from qos.store.access import Reads


def find(ctx: Context, address: Address) -> Account | None:
    """Return a signer's account; a module account never signs."""
    found = ACCOUNTS.get(ctx, address)
    if not isinstance(found, BaseAccount):
        return None
    return Account(
        address=address,
        number=found.account_number,
        sequence=found.sequence,
        public_key=found.pub_key,
    )


def advance(ctx: Context, account: Account, public_key: AnyRecord) -> None:
    """Use up an account's sequence and remember its key."""
    record = BaseAccount(
        address=account.address,
        pub_key=public_key,
        account_number=account.number,
        sequence=account.sequence + 1,
    )
    ACCOUNTS.set(ctx, account.address, record)


def is_module_account(ctx: Reads, address: Address) -> bool:
    """Tell whether an address belongs to a module."""
    return kind_of(ctx, address) is ModuleAccount


def ensure(ctx: Context, address: Address) -> type[BaseAccount] | type[ModuleAccount]:
    """Return the kind of an address's account, creating a plain one when nobody has used the address before."""
    kind = kind_of(ctx, address)
    if kind is None:
        ACCOUNTS.set(ctx, address, BaseAccount(address=address, account_number=_take_number(ctx)))
        return BaseAccount
    return kind


def rows_of_new(addresses: Iterable[Address]) -> Iterator[tuple[bytes, bytes]]:
    """Yield, in order of key, what the store holds when addresses, ascending, get accounts numbered from 0."""
    count = 0
    for address in addresses:
        account = BaseAccount(address=address, account_number=count)
        yield ACCOUNTS.raw_key(address), ACCOUNTS.value.encode(account)
        count += 1
    yield NEXT_NUMBER.prefix, NEXT_NUMBER.value.encode(count)


def ensure_module_account(ctx: Context, name: str) -> Address:
    """Return the account a module holds assets on, creating it at genesis unless that lists it.

    Raises: BadGenesis when a plain account stands at its address: it would take deposits from outside.
    """
    address = module_address(name)
    found = ACCOUNTS.get(ctx, address)
    if isinstance(found, ModuleAccount):
        return address
    if found is not None:
        raise BadGenesis(f"list the account of module {name!r} under module_accounts")
    base = BaseAccount(address=address, account_number=_take_number(ctx))
    ACCOUNTS.set(ctx, address, ModuleAccount(base_account=base, name=name))
    return address


def _take_number(ctx: Context) -> int:
    number = NEXT_NUMBER.get(ctx) or 0
    NEXT_NUMBER.set(ctx, number + 1)
    return number


HOOKS = AccountHooks(find=find, advance=advance)
"""What the frame needs of this module."""
