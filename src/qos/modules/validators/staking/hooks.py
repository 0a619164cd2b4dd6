"""What higher modules want to hear of stake. The lists are wired in `qos.chains`."""

from collections.abc import Callable
from dataclasses import dataclass

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.proto.records.qos_staking_v1 import Bond, Member, Validator

OnValidator = Callable[[Context, Validator], None]
OnBond = Callable[[Context, Address, Validator, Bond | None], None]
OnSlash = Callable[[Context, Validator, Validator], None]
OnMember = Callable[[Context, Member, int], None]


def _nothing(*_: object) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeHooks:
    """What one module does when stake changes; none of it may raise a rule violation.

    `created`: before a validator's first bond. `activated`, `deactivated`: its status changed. `bond_changing`: before
    the shares of an account's bond change, with the bond as it is or None; `bond_changed`: after, None when it is gone.
    `slashed`: the validator before and after its tokens fell. `closed`: its bonds return from now on, through
    `bond_changing` and `bond_changed`; `removed`: the last one has. `set_joined`, `set_left`: the first or the last
    height a member signs.
    """

    created: OnValidator = _nothing
    activated: OnValidator = _nothing
    deactivated: OnValidator = _nothing
    bond_changing: OnBond = _nothing
    bond_changed: OnBond = _nothing
    slashed: OnSlash = _nothing
    closed: OnValidator = _nothing
    removed: OnValidator = _nothing
    set_joined: OnMember = _nothing
    set_left: OnMember = _nothing


Hooks = tuple[StakeHooks, ...]
"""In the order in which they are told."""
