"""The verifiers of the light client: each with a body that only claims, and the tests that have to notice."""

from tools.verifier import Verifier

LIGHT_VECTORS = ("tests/vectors/test_light.py",)

LIGHT_VERIFIERS = (
    Verifier(
        name="commit",
        file="src/qos/lightclient/commits.py",
        function="proven_signers",
        blind="""
            power = sum(validator.voting_power for validator in ordered)
            return Signers(validators=ordered, power=power, total_power=power)
        """,
        tests=LIGHT_VECTORS,
    ),
    Verifier(
        name="transactions of a block",
        file="src/qos/lightclient/blocks.py",
        function="proven_transactions",
        blind="""
            return tuple(
                [
                    ProvenTx(
                        height=header.height,
                        index=index,
                        tx_hash=sha256(tx).digest(),
                        tx=tx,
                        code=result.code,
                        data=result.data,
                    )
                    for index, (tx, result) in enumerate(zip(txs, results, strict=False))
                ]
            )
        """,
        tests=("tests/chain/test_cassini_audit_needs_only_blocks.py",),
    ),
    Verifier(
        name="duplicate votes",
        file="src/qos/lightclient/duplicate_votes.py",
        function="verify_duplicate_votes",
        blind="return DoubleSigner(validator=validators[0], height=evidence.vote_a.height, round=0)",
        tests=("tests/unit/lightclient/test_duplicate_votes.py",),
    ),
    Verifier(
        name="attack on light clients",
        file="src/qos/lightclient/attack_claims.py",
        function="verify_attack_claim",
        blind="""
            return Attackers(
                height=claim.conflicting_block.signed_header.header.height, validators=tuple(known.common_set)
            )
        """,
        tests=("tests/unit/lightclient/test_attack_claims.py",),
    ),
    Verifier(
        name="vote signature",
        file="src/qos/lightclient/commits.py",
        function="_strictly_signed",
        blind="return True",
        tests=LIGHT_VECTORS,
    ),
    Verifier(
        name="two thirds of a commit",
        file="src/qos/lightclient/commits.py",
        function="more_than_two_thirds",
        blind="return signers",
        tests=LIGHT_VECTORS,
    ),
    Verifier(
        name="trusted power",
        file="src/qos/lightclient/verifier.py",
        function="_trusted_power",
        blind="return 1, 1",
        tests=LIGHT_VECTORS,
    ),
    Verifier(
        name="announced set",
        file="src/qos/lightclient/predicates.py",
        function="announced_set",
        blind="return None",
        tests=("tests/unit/lightclient/test_light_verifier.py",),
    ),
    Verifier(
        name="validators of a header",
        file="src/qos/lightclient/predicates.py",
        function="named_validators",
        blind="return ordered_set(block.validators)",
        tests=LIGHT_VECTORS,
    ),
    Verifier(
        name="header on chain",
        file="src/qos/lightclient/verifier.py",
        function="proven_header",
        blind="""
            current, following = _named_sets(block)
            signers = Signers(validators=current, power=1, total_power=1)
            return _verified(block, header_hash(block.signed_header.header), signers, following)
        """,
        tests=("tests/chain/test_qcp_clients_freeze_expire_and_recover.py",),
    ),
    Verifier(
        name="witness",
        file="src/qos/client/witnesses.py",
        function="hold_against",
        blind="return None",
        tests=("tests/chain/test_witnesses_show_whether_a_chain_forked.py",),
    ),
    Verifier(
        name="agreement of sources",
        file="src/qos/cassini/adapters/agreement.py",
        function="Agreement.final",
        blind="""
            header, name = await self._clients[0].proven(self._sources[0].node, height, now_ns)
            return ProvenHeader(height=height, header_hash=name, app_hash=header.app_hash)
        """,
        tests=("tests/unit/cassini/test_adapter_believes_no_node.py",),
    ),
    Verifier(
        name="header several sources show",
        file="src/qos/cassini/adapters/agreement.py",
        function="Agreement.confirm",
        blind="return None",
        tests=("tests/unit/cassini/test_adapter_believes_no_node.py",),
    ),
)
