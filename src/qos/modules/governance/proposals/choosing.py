"""Pages of proposals that were voted on or paid for by somebody, or are of one status."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest
from qos.machine.paging import MAX_PAGE, page_of
from qos.modules.governance.proposals.state import DEPOSITS, PROPOSALS, VOTES
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest, PageResponse
from qos.proto.records.qos_gov_v1 import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which proposals are asked for; what is 0 or empty does not matter."""

    status: int
    voter: Address
    depositor: Address

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.status or self.voter or self.depositor)


def chosen(ctx: ReadContext, wanted: Wanted, request: PageRequest | None) -> tuple[tuple[Proposal, ...], PageResponse]:
    """Return one page of proposals. Raises: InvalidRequest."""
    if wanted.all:
        page = page_of(ctx, PROPOSALS, request)
        return tuple([found for _, found in page.entries]), page.response
    asked = request or PageRequest()
    if asked.offset > MAX_PAGE or (asked.key and len(asked.key) != 8):
        raise InvalidRequest(f"the page key is no key of this list, or the offset is above {MAX_PAGE}: invalid request")
    after = int.from_bytes(asked.key, "big") if asked.key else None
    matching = _matching(ctx, wanted, after, reverse=asked.reverse)
    skipped = islice(matching, asked.offset, None)
    limit = min(asked.limit or MAX_PAGE, MAX_PAGE)
    kept = tuple(islice(skipped, limit))
    more = next(skipped, None) is not None
    return kept, PageResponse(next_key=kept[-1].id.to_bytes(8, "big") if kept and more else b"")


def _matching(ctx: ReadContext, wanted: Wanted, after: int | None, *, reverse: bool) -> Iterator[Proposal]:
    """Yield what is wanted among the next proposals, as many as a query may look at."""
    for number, found in PROPOSALS.items(ctx, start_after=after, limit=MAX_PAGE, reverse=reverse):
        if wanted.status and found.status != wanted.status:
            continue
        if wanted.voter and not VOTES.has(ctx, (number, wanted.voter)):
            continue
        if wanted.depositor and not DEPOSITS.has(ctx, (number, wanted.depositor)):
            continue
        yield found
