"""The verifiers of the tree: each with a body that only claims, and the tests that have to notice."""

from tools.light_verifiers import LIGHT_VERIFIERS
from tools.verifier import Verifier

STORE_TESTS = ("tests/unit/store/test_proofs.py", "tests/properties/test_store_proof_mutations.py")
ICS23_VECTORS = ("tests/vectors/test_ics23.py",)
QCP_TESTS = ("tests/chain/test_qcp_refuses_forgeries.py",)
MEMBER_TESTS = ("tests/chain/test_members_alone_send_on_a_consortium_chain.py",)
REFUND_TESTS = ("tests/chain/test_qcp_refunds_without_relays.py",)

VERIFIERS = (
    *LIGHT_VERIFIERS,
    Verifier(
        name="Merkle path",
        file="src/qos/base/merkle.py",
        function="proven_leaf_hash",
        blind="return proof.leaf_hash",
        tests=("tests/unit/base/test_merkle_paths.py",),
    ),
    Verifier(
        name="Merkle leaf",
        file="src/qos/base/merkle.py",
        function="proven_leaf",
        blind="return leaf",
        tests=("tests/unit/base/test_merkle_paths.py",),
    ),
    Verifier(
        name="snapshot's block",
        file="src/qos/engine/embedded/resume.py",
        function="proven_row",
        blind="return point.row",
        tests=("tests/chain/test_a_snapshot_starts_the_same_chain.py",),
    ),
    Verifier(
        name="snapshot's state",
        file="src/qos/store/transfer.py",
        function="_proven_hashes",
        blind="return {name: root.hash for name, root in roots.items()}",
        tests=("tests/unit/store/test_transfer.py",),
    ),
    Verifier(
        name="store proof of a value",
        file="src/qos/store/proofs.py",
        function="proven_value",
        blind="""
            claimed = decode(proof_ops[0])
            assert isinstance(claimed, ExistenceProof)
            return claimed.value
        """,
        tests=STORE_TESTS,
    ),
    Verifier(
        name="store proof of absence",
        file="src/qos/store/proofs.py",
        function="proven_absence",
        blind="return None",
        tests=STORE_TESTS,
    ),
    Verifier(
        name="ICS-23 path",
        file="src/qos/store/ics23_verify.py",
        function="_check_proven",
        blind="return None",
        tests=ICS23_VECTORS,
    ),
    Verifier(
        name="ICS-23 batch",
        file="src/qos/store/ics23_batch.py",
        function="verified_values",
        blind="return tuple([entry.value for entry in batch.entries])",
        tests=("tests/unit/store/test_ranges.py",),
    ),
    Verifier(
        name="ICS-23 neighbours",
        file="src/qos/store/ics23_verify.py",
        function="_check_adjacent",
        blind="return None",
        tests=STORE_TESTS,
    ),
    Verifier(
        name="secp256k1 signature",
        file="src/qos/crypto/secp256k1.py",
        function="verify",
        blind="return None",
        tests=("tests/vectors/test_wycheproof.py",),
    ),
    Verifier(
        name="ed25519 signature",
        file="src/qos/crypto/ed25519.py",
        function="verify",
        blind="return None",
        tests=("tests/vectors/test_wycheproof.py",),
    ),
    Verifier(
        name="signature of a transaction",
        file="src/qos/machine/signing.py",
        function="verify_signer",
        blind="return None",
        tests=("tests/unit/machine/test_admission.py",),
    ),
    Verifier(
        name="signatures of a multisig",
        file="src/qos/machine/signing.py",
        function="_verify_multisig",
        blind="return None",
        tests=("tests/unit/machine/test_signing_by_multisigs.py",),
    ),
    Verifier(
        name="signature a member passes on",
        file="src/qos/client/offline.py",
        function="_checked",
        blind="return each.data.single.signature",
        tests=("tests/unit/cli/test_offline.py",),
    ),
    Verifier(
        name="key of an account",
        file="src/qos/machine/admission.py",
        function="_is_key_of",
        blind="return True",
        tests=("tests/unit/machine/test_signing.py",),
    ),
    Verifier(
        name="checksum of an address in hex",
        file="src/qos/crypto/eip55.py",
        function="parse",
        blind="return Address(bytes.fromhex(text[2:]))",
        tests=("tests/unit/crypto/test_account_keys.py",),
    ),
    Verifier(
        name="signature of a relay",
        file="src/qos/modules/crosschain/qcp/attestation.py",
        function="verify_relay",
        blind="return None",
        tests=("tests/unit/modules/relay",),
    ),
    Verifier(
        name="attested packet",
        file="src/qos/modules/crosschain/qcp/delivery.py",
        function="_attested",
        blind="""
            packet = read_packet(data, peer.incoming, sequence, abstract.height)
            return Proven(packet=packet, hash=packet_hash(data))
        """,
        tests=QCP_TESTS,
    ),
    Verifier(
        name="contradiction of a relay",
        file="src/qos/modules/crosschain/qcp/equivocation.py",
        function="proven_equivocation",
        blind="return key",
        tests=("tests/unit/modules/qcp/test_relay_attestations.py",),
    ),
    Verifier(
        name="attestation",
        file="src/qos/modules/crosschain/qcp/attestation.py",
        function="proven_abstract",
        blind="return attestation.abstract",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="distinct relays",
        file="src/qos/modules/crosschain/qcp/attestation.py",
        function="proven_signers",
        blind="""
            for each in signatures:
                verify_relay(each.key, signed, each.signature)
            return tuple([each.key for each in signatures])
        """,
        tests=QCP_TESTS,
    ),
    Verifier(
        name="packet that waited",
        file="src/qos/modules/crosschain/qcp/liveness.py",
        function="check_waited",
        blind="return None",
        tests=("tests/chain/test_qcp_goes_on_without_relays.py",),
    ),
    Verifier(
        name="number of a peer's assets",
        file="src/qos/modules/crosschain/qcp/checkpoints.py",
        function="proven_count",
        blind="return 3",
        tests=("tests/chain/test_qcp_records_the_assets_of_its_peers.py",),
    ),
    Verifier(
        name="asset of a peer",
        file="src/qos/modules/crosschain/qcp/checkpoints.py",
        function="proven_asset",
        blind="return Asset(denom=claimed.denom), 900",
        tests=("tests/chain/test_qcp_records_the_assets_of_its_peers.py",),
    ),
    Verifier(
        name="next keys of relays",
        file="src/qos/modules/crosschain/qcp/epochs.py",
        function="proven_rotation",
        blind="return msg.relay_keys",
        tests=("tests/chain/test_qcp_rotates_relay_keys.py",),
    ),
    Verifier(
        name="change of relay keys",
        file="src/qos/modules/crosschain/qcp/epochs.py",
        function="checked_change",
        blind="return Change(removed=(), added=keys)",
        tests=("tests/chain/test_qcp_rotates_relay_keys.py",),
    ),
    Verifier(
        name="packets of an attestation",
        file="src/qos/modules/crosschain/qcp/attestation.py",
        function="covered_hashes",
        blind="return tuple(hashes)",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="header of an attestation",
        file="src/qos/modules/crosschain/qcp/client.py",
        function="accepted_app_hash",
        blind="return abstract.app_hash",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="packet in the outbox",
        file="src/qos/modules/crosschain/qcp/delivery.py",
        function="proven_bytes",
        blind="return claimed.packet",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="sequence of a delivery",
        file="src/qos/modules/crosschain/qcp/delivery.py",
        function="_check_covers",
        blind="return None",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="sequence of a packet",
        file="src/qos/modules/crosschain/qcp/packets.py",
        function="check_next",
        blind="return None",
        tests=QCP_TESTS,
    ),
    Verifier(
        name="inbox of a peer",
        file="src/qos/modules/crosschain/qcp/timeouts.py",
        function="proven_inbox",
        blind="return SeenInbox(sequence=0, time_ns=ctx.block.time_ns)",
        tests=REFUND_TESTS,
    ),
    Verifier(
        name="too late to be received",
        file="src/qos/modules/crosschain/qcp/timeouts.py",
        function="_check_too_late",
        blind="return None",
        tests=REFUND_TESTS,
    ),
    Verifier(
        name="P-256 signature",
        file="src/qos/crypto/p256.py",
        function="verify",
        blind="return None",
        tests=("tests/unit/crypto/test_certificates.py",),
    ),
    Verifier(
        name="issuer of a certificate",
        file="src/qos/crypto/certificates.py",
        function="proven_issued",
        blind="return certificate",
        tests=MEMBER_TESTS,
    ),
    Verifier(
        name="holder of a certificate",
        file="src/qos/modules/validators/consortium/formulas.py",
        function="proven_holder",
        blind="return certificates.read(node)",
        tests=MEMBER_TESTS,
    ),
    Verifier(
        name="revocation list",
        file="src/qos/modules/validators/consortium/formulas.py",
        function="proven_list",
        blind="return listed",
        tests=("tests/chain/test_consortia_revoke_and_change_roots.py",),
    ),
    Verifier(
        name="standing of a member",
        file="src/qos/modules/validators/consortium/operations.py",
        function="check_standing",
        blind="return None",
        tests=MEMBER_TESTS,
    ),
    Verifier(
        name="row shown by a gateway",
        file="src/qos/sdk/gateway.py",
        function="proven",
        blind="return answer",
        tests=("tests/unit/rpc/test_backend_arrivals.py",),
    ),
)
