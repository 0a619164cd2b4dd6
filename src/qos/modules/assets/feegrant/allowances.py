"""What an allowance permits: values in, values out."""

from dataclasses import replace

from qos.machine.errors import InvalidCoins, InvalidRequest
from qos.modules.assets.bank.operations import check_coins
from qos.modules.assets.feegrant.errors import (
    FeeLimitExceeded,
    FeeLimitExpired,
    InvalidPeriod,
    MessageNotAllowed,
    NoMessages,
)
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_feegrant_v1beta1 import AllowedMsgAllowance, BasicAllowance, PeriodicAllowance

Plain = BasicAllowance | PeriodicAllowance
Allowance = Plain | AllowedMsgAllowance
MAX_URL_BYTES = 200


def read(wrapped: AnyRecord) -> Allowance:
    """Return the allowance inside an Any. Raises: InvalidRequest on another type, MalformedBytes, MalformedField."""
    kinds: tuple[type[Allowance], ...] = (BasicAllowance, PeriodicAllowance, AllowedMsgAllowance)
    for kind in kinds:
        if wrapped.type_url == codec.type_url(kind):
            return codec.decode(kind, wrapped.value)
    raise InvalidRequest(f"{wrapped.type_url[:100]!r} is no fee allowance: invalid request")


def _plain(wrapped: AnyRecord) -> Plain:
    found = read(wrapped)
    if isinstance(found, AllowedMsgAllowance):
        raise InvalidRequest("an allowance for some messages holds a basic or a periodic one: invalid request")
    return found


def expiration(allowance: Allowance) -> int | None:
    """Return the last block time an allowance is valid at."""
    match allowance:
        case BasicAllowance():
            return allowance.expiration
        case PeriodicAllowance():
            return allowance.basic.expiration
        case AllowedMsgAllowance():
            return expiration(_plain(allowance.allowance))


def check(allowance: Allowance, now_ns: int) -> None:
    """Refuse an allowance that makes no sense. Raises: InvalidCoins, InvalidPeriod, NoMessages, InvalidRequest."""
    match allowance:
        case BasicAllowance():
            _check_basic(allowance, now_ns)
        case PeriodicAllowance():
            _check_periodic(allowance, now_ns)
        case AllowedMsgAllowance():
            urls = allowance.allowed_messages
            if not urls:
                raise NoMessages("name the messages the allowance is for: allowed messages are empty")
            if any(not url.startswith("/") or len(url) > MAX_URL_BYTES for url in urls) or len({*urls}) < len(urls):
                raise InvalidRequest("allowed messages are type URLs like /cosmos.bank.v1beta1.MsgSend, each once")
            check(_plain(allowance.allowance), now_ns)


def _check_basic(allowance: BasicAllowance, now_ns: int) -> None:
    if allowance.spend_limit:
        check_coins(allowance.spend_limit)
    if allowance.expiration is not None and allowance.expiration <= now_ns:
        raise InvalidRequest("the allowance would have expired already: invalid request")


def _check_periodic(allowance: PeriodicAllowance, now_ns: int) -> None:
    _check_basic(allowance.basic, now_ns)
    if allowance.period <= 0:
        raise InvalidPeriod("the period must be positive: invalid duration")
    check_coins(allowance.period_spend_limit)
    limits = _amounts(allowance.period_spend_limit)
    if allowance.period_can_spend:
        check_coins(allowance.period_can_spend)
    if any(amount > limits.get(denom, 0) for denom, amount in _amounts(allowance.period_can_spend).items()):
        raise InvalidCoins("what may be spent in the first period exceeds the limit of a period: invalid coins")


def spend(
    allowance: Allowance, fee: tuple[Coin, ...], messages: tuple[AnyRecord, ...], now_ns: int
) -> Allowance | None:
    """Return what is left of an allowance after a fee; None when it is used up.

    Raises: FeeLimitExpired, FeeLimitExceeded, MessageNotAllowed.
    """
    match allowance:
        case BasicAllowance():
            return _spend_basic(allowance, fee, now_ns)
        case PeriodicAllowance():
            return _spend_periodic(allowance, fee, now_ns)
        case AllowedMsgAllowance():
            for message in messages:
                if message.type_url not in allowance.allowed_messages:
                    raise MessageNotAllowed(f"the allowance is not for {message.type_url[:100]}: message not allowed")
            left = spend(_plain(allowance.allowance), fee, messages, now_ns)
            return None if left is None else replace(allowance, allowance=codec.pack(left))


def _spend_basic(allowance: BasicAllowance, fee: tuple[Coin, ...], now_ns: int) -> BasicAllowance | None:
    if allowance.expiration is not None and allowance.expiration < now_ns:
        raise FeeLimitExpired("the allowance has ended: ask for a new one: fee allowance expired")
    if not allowance.spend_limit:
        return allowance
    left = _less(allowance.spend_limit, fee)
    return replace(allowance, spend_limit=left) if left else None


def _spend_periodic(allowance: PeriodicAllowance, fee: tuple[Coin, ...], now_ns: int) -> PeriodicAllowance | None:
    current = _in_period(allowance, now_ns)
    basic = _spend_basic(current.basic, fee, now_ns)
    if basic is None:
        return None
    return replace(current, basic=basic, period_can_spend=_less(current.period_can_spend, fee))


def _in_period(allowance: PeriodicAllowance, now_ns: int) -> PeriodicAllowance:
    """Begin the period a time lies in. Without a reset the first one begins at once; skipped periods give nothing."""
    reset = allowance.period_reset or 0
    if now_ns < reset:
        return allowance
    following = reset + allowance.period
    return replace(
        allowance,
        period_can_spend=allowance.period_spend_limit,
        period_reset=following if following > now_ns else now_ns + allowance.period,
    )


def _amounts(coins: tuple[Coin, ...]) -> dict[str, int]:
    return {coin.denom: coin.amount for coin in coins}


def _less(limit: tuple[Coin, ...], fee: tuple[Coin, ...]) -> tuple[Coin, ...]:
    left = _amounts(limit)
    for coin in fee:
        left[coin.denom] = left.get(coin.denom, 0) - coin.amount
        if left[coin.denom] < 0:
            raise FeeLimitExceeded(
                f"the fee of {coin.amount}{coin.denom} is more than the allowance leaves: fee limit exceeded",
            )
    return tuple([Coin(denom=denom, amount=amount) for denom, amount in left.items() if amount])
