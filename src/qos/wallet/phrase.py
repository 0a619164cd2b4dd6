"""BIP-39: entropy as words, words as seed. In English."""

from mnemonic import Mnemonic

from qos.wallet.errors import BadPhrase

ENTROPY_LENGTHS = (16, 20, 24, 28, 32)
DEFAULT_ENTROPY_LENGTH = 32


def words_of(entropy: bytes) -> str:
    """Write entropy as English words. Raises: ValueError on a length BIP-39 does not have."""
    return Mnemonic("english").to_mnemonic(entropy)


def entropy_of(phrase: str) -> bytes:
    """Read the entropy behind an English phrase. Raises: BadPhrase."""
    words = " ".join(Mnemonic.normalize_string(phrase).split())
    try:
        return bytes(Mnemonic("english").to_entropy(words))
    except (ValueError, LookupError) as error:
        raise BadPhrase(f"not a recovery phrase: {error}") from None


def seed_of(entropy: bytes) -> bytes:
    """Return the 64-byte seed of the phrase that the entropy writes, without a BIP-39 passphrase."""
    return Mnemonic.to_seed(words_of(entropy))
