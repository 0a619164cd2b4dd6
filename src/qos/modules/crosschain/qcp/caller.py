"""Who a payload's caller is here: an address that no key controls, so never a local account (Q9)."""

from qos.base.identifiers import ADDRESS_LENGTH, Address
from qos.crypto.keccak import keccak256

_TAG = b"qcp/caller/"


def caller_address(incoming: bytes, remote_sender: Address) -> Address:
    """Return what a sender on the other end of an incoming queue is called here.

    The last 20 bytes of keccak256('qcp/caller/' || queue id || remote sender): queue id and sender have fixed
    lengths, so no two pairs share the hashed bytes.
    """
    return Address(keccak256(_TAG + incoming + remote_sender)[-ADDRESS_LENGTH:])
