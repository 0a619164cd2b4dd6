"""Who calls: what the certificates of a TLS connection say, checked by the chain itself."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from qos.client.calls import Transport
from qos.client.errors import Refused
from qos.client.queries import query
from qos.proto.records.qos_consortium_v1 import QueryCertificateRequest, QueryCertificateResponse
from qos.rpc.services.status import CallRefused, Status

LEAF, CHAIN = "x509_pem_cert", "x509_pem_cert_chain"
"""Names gRPC gives the certificates of a peer; the chain comes without the leaf, or with it in some versions."""

BELIEVED_S = 2
"""How long an answer of the chain is good for: a revocation counts after that, in calls that begin then."""
MAX_REMEMBERED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a certificate is for."""

    organisation: str
    name: str

    @property
    def label(self) -> str:
        """What the journal keeps keys under."""
        return f"{self.organisation}/{self.name}"


class Callers:
    """Admits certificates of one organisation that count on the chain now, by block time and revocations."""

    def __init__(self, node: Transport, organisation: str) -> None:
        self._node = node
        self._organisation = organisation
        self._known: dict[tuple[bytes, bytes], tuple[Caller, float]] = {}

    async def admit(self, properties: Mapping[str, Iterable[bytes]]) -> Caller:
        """Return who calls. Raises: CallRefused (not authenticated, not permitted), Unreachable."""
        pair = certificates_in(properties)
        known = self._known.get(pair)
        if known is None or time.monotonic() - known[1] > BELIEVED_S:
            caller = await self._ask(pair)
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[pair] = (caller, time.monotonic())
            return caller
        return known[0]

    async def _ask(self, pair: tuple[bytes, bytes]) -> Caller:
        node, member = pair
        asked = QueryCertificateRequest(node=node, member=member)
        try:
            found = await self._node.send(
                query("/qos.consortium.v1.Query/Certificate", asked, QueryCertificateResponse)
            )
        except Refused as error:
            raise CallRefused(Status.UNAUTHENTICATED, f"the chain does not know this certificate: {error}") from None
        if found.refused:
            raise CallRefused(Status.UNAUTHENTICATED, found.refused)
        if found.organisation != self._organisation:
            text = f"this gateway serves {self._organisation!r}, not {found.organisation!r}"
            raise CallRefused(Status.PERMISSION_DENIED, text)
        return Caller(organisation=found.organisation, name=found.name)


def certificates_in(properties: Mapping[str, Iterable[bytes]]) -> tuple[bytes, bytes]:
    """Return the node's and the member's certificate in DER, as the client sent them. Raises: CallRefused."""
    sent = b"\n".join([*properties.get(LEAF, ()), *properties.get(CHAIN, ())])
    try:
        loaded = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(sent)]
    except (ValueError, x509.InvalidVersion):
        loaded = []
    different = list(dict.fromkeys(loaded))
    if len(different) < 2:
        text = "send the node's certificate followed by its member's, as qos ca writes them into one file"
        raise CallRefused(Status.UNAUTHENTICATED, text)
    return different[0], different[1]
