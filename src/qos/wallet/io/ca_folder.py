"""A folder of certificates and their keys, one pair of files a name: a root, CAs of members, nodes.

`NAME.crt` is PEM, for a node followed by its member's, as TLS servers and clients send it. `NAME.key` is PKCS 8 PEM,
sealed where a passphrase was given. `revoked.json` holds the last list of each CA. All of mode 0600.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from qos.base.blocktime import DAY_S
from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.crypto import certificates
from qos.crypto.certificates import Certificate
from qos.wallet.certificates import (
    Issued,
    Wanted,
    issue_member,
    issue_node,
    issue_root,
    key_from_pem,
    key_to_pem,
    to_pem,
)
from qos.wallet.errors import BadCaFolder, BadRequest
from qos.wallet.io.named_files import write_private

ROOT = "root"
ROLES = {1: "root", 0: "member", None: "node"}
REVOKED_FILE = "revoked.json"
BACKDATED_S = 3_600
"""A certificate begins an hour ago: the clocks of those who read it differ."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate of the folder. `chain` is what is sent: itself, and for a node its member's."""

    name: str
    chain: tuple[bytes, ...]
    content: Certificate
    revoked: bool

    @property
    def role(self) -> str:
        """`root`, `member` or `node`."""
        return ROLES[self.content.path_length]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedSerials:
    """What a CA has revoked: the number of its last list and all serials, the newest last."""

    number: int
    serials: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CaFolder:
    """The certificates of one consortium."""

    folder: Path

    def init(self, organisation: str, *, days: int, passphrase: str = "") -> Entry:
        """Make the root. Raises: BadCaFolder when there is one, BadRequest."""
        if self.crt(ROOT).exists():
            raise BadCaFolder(f"{self.folder} has a root already: choose another folder")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        root = issue_root(self._wanted(organisation, ROOT, days, None))
        return self._write(ROOT, root, (root.certificate,), passphrase)

    def issue_member(self, name: str, organisation: str, *, days: int, passphrase: str = "") -> Entry:
        """Make the CA of a member. Raises: BadCaFolder, BadRequest."""
        root = self.open(ROOT, passphrase)
        made = issue_member(root, self._wanted(organisation, name, days, root))
        return self._write(name, made, (made.certificate,), passphrase)

    def issue_node(
        self, name: str, member: str, *, days: int, hosts: tuple[str, ...] = (), passphrase: str = ""
    ) -> Entry:
        """Make the certificate of a node; its key is never sealed, since programs open it. Raises: as above."""
        issuer = self.open(member, passphrase)
        wanted = self._wanted(issuer.content.subject.organisation, name, days, issuer, hosts)
        made = issue_node(issuer, wanted)
        return self._write(name, made, (made.certificate, issuer.certificate), "")

    def revoke(self, name: str) -> RevokedSerials:
        """Put a certificate on its CA's next list and return that list. Raises: BadCaFolder."""
        entry = self.entry(name)
        if entry.role == "root":
            raise BadCaFolder("a root is removed by the chain's authority: qos tx consortium set-root")
        issuer = self.issuer_of(entry).name
        before = self.revoked_by(issuer)
        serials = tuple(dict.fromkeys((*before.serials, entry.content.serial)))
        found = self._lists()
        found[issuer] = {"number": before.number + 1, "serials": [each.hex() for each in serials]}
        path = self.folder / REVOKED_FILE
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        write_private(part, render_json(found, indent=1) + "\n")
        part.replace(path)
        return self.revoked_by(issuer)

    def revoked_by(self, issuer: str) -> RevokedSerials:
        """Return the last list of a CA. Raises: BadCaFolder."""
        entry = self._lists().get(issuer, {"number": 0, "serials": []})
        try:
            if not isinstance(entry, dict) or not isinstance(entry["serials"], list):
                raise BadCaFolder(f"{self.folder / REVOKED_FILE}: {issuer} has no list of serials")
            number, serials = int(str(entry["number"])), tuple([bytes.fromhex(str(each)) for each in entry["serials"]])
        except (KeyError, ValueError) as error:
            raise BadCaFolder(f"{self.folder / REVOKED_FILE}: {issuer}: {error}") from None
        return RevokedSerials(number=number, serials=serials)

    def names(self) -> tuple[str, ...]:
        """Return the names of all certificates, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.crt")))

    def entry(self, name: str) -> Entry:
        """Return a certificate. Raises: BadCaFolder."""
        content, chain = self._read(name)
        issuers = [each for each in self.names() if each != name and self._read(each)[0].subject == content.issuer]
        revoked = any(content.serial in self.revoked_by(issuer).serials for issuer in issuers)
        return Entry(name=name, chain=chain, content=content, revoked=revoked)

    def issuer_of(self, entry: Entry) -> Entry:
        """Return the CA that issued a certificate. Raises: BadCaFolder."""
        for name in self.names():
            content, _ = self._read(name)
            if content.subject == entry.content.issuer and content.path_length is not None:
                return self.entry(name)
        raise BadCaFolder(f"{self.folder} has no certificate of {entry.content.issuer.common_name!r}")

    def open(self, name: str, passphrase: str = "") -> Issued:
        """Return a certificate with its private key. Raises: BadCaFolder, BadRequest."""
        _, chain = self._read(name)
        try:
            data = self.key(name).read_bytes()
        except OSError as error:
            raise BadCaFolder(f"the key of {name!r} cannot be read: {error}") from None
        return Issued(certificate=chain[0], key=key_from_pem(data, passphrase))

    def crt(self, name: str) -> Path:
        """File of a certificate. Raises: BadCaFolder."""
        return self.folder / f"{_checked(name)}.crt"

    def key(self, name: str) -> Path:
        """File of a private key. Raises: BadCaFolder."""
        return self.folder / f"{_checked(name)}.key"

    def _wanted(
        self, organisation: str, name: str, days: int, issuer: Issued | None, hosts: tuple[str, ...] = ()
    ) -> Wanted:
        if self.crt(name).exists():
            raise BadCaFolder(f"{self.folder} has a certificate {name!r} already: choose another name")
        now = int(time.time())
        end = now + days * DAY_S
        if issuer is not None:
            # What outlives its CA counts no longer than that.
            end = min(end, issuer.content.not_after_s)
        return Wanted(
            organisation=organisation,
            common_name=name,
            not_before_s=now - BACKDATED_S,
            not_after_s=end,
            hosts=hosts,
        )

    def _write(self, name: str, issued: Issued, chain: tuple[bytes, ...], passphrase: str) -> Entry:
        write_private(self.key(name), key_to_pem(issued.key, passphrase).decode())
        write_private(self.crt(name), to_pem(*chain).decode())
        return self.entry(name)

    def _read(self, name: str) -> tuple[Certificate, tuple[bytes, ...]]:
        path = self.crt(name)
        try:
            loaded = x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError, x509.InvalidVersion) as error:
            raise BadCaFolder(f"{path}: {error}; qos ca list shows what there is") from None
        chain = tuple([each.public_bytes(Encoding.DER) for each in loaded])
        return certificates.read(chain[0]), chain

    def _lists(self) -> JsonObject:
        path = self.folder / REVOKED_FILE
        if not path.exists():
            return {}
        try:
            found = parse_json(path.read_bytes())
        except (OSError, BadJson) as error:
            raise BadCaFolder(f"{path}: {error}") from None
        if not isinstance(found, dict):
            raise BadCaFolder(f"{path} is no object")
        return found


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BadRequest(f"{name[:40]!r} is no name of a certificate: lower-case letters, digits and -, a letter first")
    return name
