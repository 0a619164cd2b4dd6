//! Nodes as bytes: what they hash to, as cosmos/iavl v1 has it, and their record in the node table.
//!
//! A node's ref is its version (u64) and a nonce (u32), 12 bytes, see `strands`; its link is ref and hash, 44 bytes:
//! where the node is and what it must hash to.
//!
//! Leaf record: 0x00, key length (varint), key, value. Inner record: height, left height, right height (a byte each),
//! size (u64), left link, right link, separator key (the smallest key on the right). Both end with the CRC-32 of what
//! stands before, because an IAVL hash covers neither separator nor refs. Numbers are big-endian, a CRC little-endian.

use sha2::{Digest, Sha256};

pub const REF_BYTES: usize = 12;
pub const LINK_BYTES: usize = 44;
pub const CHECK_BYTES: usize = 4;
/// CRC-32 of anything followed by its own CRC-32.
pub const CHECKED: u32 = 0x2144_DF1C;

pub const LEFT: usize = 11;
pub const RIGHT: usize = LEFT + LINK_BYTES;
pub const KEY: usize = RIGHT + LINK_BYTES;

pub type Hash = [u8; 32];

/// Version and nonce.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ref(pub [u8; REF_BYTES]);

impl Ref {
    pub fn new(version: u64, nonce: u32) -> Self {
        let mut bytes = [0; REF_BYTES];
        bytes[..8].copy_from_slice(&version.to_be_bytes());
        bytes[8..].copy_from_slice(&nonce.to_be_bytes());
        Self(bytes)
    }

    pub fn version(self) -> u64 {
        u64::from_be_bytes(self.0[..8].try_into().expect("eight of twelve bytes"))
    }

    pub fn nonce(self) -> u32 {
        u32::from_be_bytes(self.0[8..].try_into().expect("four of twelve bytes"))
    }
}

/// Where a node is and what it must hash to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub at: Ref,
    pub hash: Hash,
}

impl Link {
    /// Read 44 bytes; None when there are more or fewer.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != LINK_BYTES {
            return None;
        }
        let (at, hash) = bytes.split_at(REF_BYTES);
        Some(Self { at: Ref(at.try_into().ok()?), hash: hash.try_into().ok()? })
    }

    pub fn bytes(&self) -> [u8; LINK_BYTES] {
        let mut bytes = [0; LINK_BYTES];
        bytes[..REF_BYTES].copy_from_slice(&self.at.0);
        bytes[REF_BYTES..].copy_from_slice(&self.hash);
        bytes
    }
}

/// Heights of a node and its children, and how many leaves are below it.
#[derive(Clone, Copy)]
pub struct Shape {
    pub height: u8,
    pub left_height: u8,
    pub right_height: u8,
    pub size: u64,
}

fn put_uvarint(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7F {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Numbers in a preimage are signed: zigzag varints.
fn put_varint(out: &mut Vec<u8>, number: u64) {
    put_uvarint(out, number << 1);
}

fn read_uvarint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0_usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
    }
    None
}

/// SHA-256(height 0, size 1, version, length and key, 0x20, SHA-256(value)).
pub fn leaf_hash(version: u64, key: &[u8], value: &[u8]) -> Hash {
    let mut preimage = Vec::with_capacity(64 + key.len());
    preimage.extend_from_slice(&[0, 2]);
    put_varint(&mut preimage, version);
    put_uvarint(&mut preimage, key.len() as u64);
    preimage.extend_from_slice(key);
    preimage.push(32);
    preimage.extend_from_slice(&Sha256::digest(value));
    Sha256::digest(&preimage).into()
}

/// SHA-256(height, size, version, 0x20, left hash, 0x20, right hash).
pub fn inner_hash(version: u64, height: u8, size: u64, left: &Hash, right: &Hash) -> Hash {
    let mut preimage = Vec::with_capacity(96);
    put_varint(&mut preimage, u64::from(height));
    put_varint(&mut preimage, size);
    put_varint(&mut preimage, version);
    preimage.push(32);
    preimage.extend_from_slice(left);
    preimage.push(32);
    preimage.extend_from_slice(right);
    Sha256::digest(&preimage).into()
}

fn seal(out: &mut Vec<u8>, start: usize) {
    let check = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&check.to_le_bytes());
}

/// Append the record of a leaf.
pub fn put_leaf(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let start = out.len();
    out.push(0);
    put_uvarint(out, key.len() as u64);
    out.extend_from_slice(key);
    out.extend_from_slice(value);
    seal(out, start);
}

/// Append the record of an inner node.
pub fn put_inner(out: &mut Vec<u8>, shape: Shape, left: &Link, right: &Link, key: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&[shape.height, shape.left_height, shape.right_height]);
    out.extend_from_slice(&shape.size.to_be_bytes());
    for link in [left, right] {
        out.extend_from_slice(&link.at.0);
        out.extend_from_slice(&link.hash);
    }
    out.extend_from_slice(key);
    seal(out, start);
}

/// The parts of a record; what they say is still to be checked against a hash.
pub enum Parts<'a> {
    Leaf { key: &'a [u8], value: &'a [u8] },
    Inner { shape: Shape, left: Link, right: Link, key: &'a [u8] },
}

impl Parts<'_> {
    /// What a node of these parts, made in that version, hashes to.
    pub fn hash(&self, version: u64) -> Hash {
        match self {
            Parts::Leaf { key, value } => leaf_hash(version, key, value),
            Parts::Inner { shape, left, right, .. } => {
                inner_hash(version, shape.height, shape.size, &left.hash, &right.hash)
            }
        }
    }
}

/// Split a record; None when it is cut or fails its check.
pub fn split(record: &[u8]) -> Option<Parts<'_>> {
    if record.len() <= CHECK_BYTES || crc32fast::hash(record) != CHECKED {
        return None;
    }
    let body = &record[..record.len() - CHECK_BYTES];
    if body[0] == 0 {
        let (length, behind) = read_uvarint(&body[1..])?;
        let start = 1 + behind;
        let end = start.checked_add(length)?;
        return Some(Parts::Leaf { key: body.get(start..end)?, value: body.get(end..)? });
    }
    let key = body.get(KEY..)?;
    let shape = Shape {
        height: body[0],
        left_height: body[1],
        right_height: body[2],
        size: u64::from_be_bytes(body[3..LEFT].try_into().ok()?),
    };
    Some(Parts::Inner { shape, left: Link::read(&body[LEFT..RIGHT])?, right: Link::read(&body[RIGHT..KEY])?, key })
}
