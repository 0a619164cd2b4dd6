"""Reading accounts."""

from qos.base.identifiers import ACCOUNT_PREFIX, format_address, module_address
from qos.machine import gas
from qos.machine.admission import MAX_MEMO_BYTES
from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.machine.transaction import MAX_SIGNERS
from qos.modules.assets.accounts.state import ACCOUNTS
from qos.proto.codec import pack
from qos.proto.records.cosmos_auth_v1beta1 import (
    Bech32PrefixRequest,
    Bech32PrefixResponse,
    ModuleAccount,
    Params,
    QueryAccountInfoRequest,
    QueryAccountInfoResponse,
    QueryAccountRequest,
    QueryAccountResponse,
    QueryAccountsRequest,
    QueryAccountsResponse,
    QueryModuleAccountByNameRequest,
    QueryModuleAccountByNameResponse,
    QueryParamsRequest,
    QueryParamsResponse,
)


def account(ctx: ReadContext, request: QueryAccountRequest) -> QueryAccountResponse:
    """Return one account. Raises: KeyNotFound."""
    found = ACCOUNTS.get(ctx, request.address)
    if found is None:
        raise KeyNotFound(f"account {format_address(request.address)} not found")
    return QueryAccountResponse(account=pack(found))


def account_info(ctx: ReadContext, request: QueryAccountInfoRequest) -> QueryAccountInfoResponse:
    """Return what all kinds of account have. Raises: KeyNotFound."""
    found = ACCOUNTS.get(ctx, request.address)
    if found is None:
        raise KeyNotFound(f"account {format_address(request.address)} not found")
    return QueryAccountInfoResponse(info=found.base_account if isinstance(found, ModuleAccount) else found)


def module_account(ctx: ReadContext, request: QueryModuleAccountByNameRequest) -> QueryModuleAccountByNameResponse:
    """Return the account of a module. Raises: KeyNotFound."""
    found = ACCOUNTS.get(ctx, module_address(request.name))
    if not isinstance(found, ModuleAccount):
        raise KeyNotFound(f"module account {request.name!r} not found")
    return QueryModuleAccountByNameResponse(account=pack(found))


def bech32_prefix(ctx: ReadContext, request: Bech32PrefixRequest) -> Bech32PrefixResponse:
    """Return what addresses of accounts begin with."""
    del ctx, request
    return Bech32PrefixResponse(bech32_prefix=ACCOUNT_PREFIX)


def accounts(ctx: ReadContext, request: QueryAccountsRequest) -> QueryAccountsResponse:
    """Return accounts in order of address."""
    page = page_of(ctx, ACCOUNTS, request.pagination)
    return QueryAccountsResponse(accounts=tuple(pack(found) for _, found in page.entries), pagination=page.response)


def params(ctx: ReadContext, request: QueryParamsRequest) -> QueryParamsResponse:
    """Return the limits on transactions, which are constants of the protocol."""
    del ctx, request
    return QueryParamsResponse(
        params=Params(
            max_memo_characters=MAX_MEMO_BYTES,
            tx_sig_limit=MAX_SIGNERS,
            tx_size_cost_per_byte=gas.TX_BYTE,
            sig_verify_cost_ed25519=gas.ED25519_SIGNATURE,
            sig_verify_cost_secp256k1=gas.SIGNATURE,
        ),
    )
