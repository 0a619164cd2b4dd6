//! Rows of the node table: a strand is a node and, above it, parent over parent, nodes made in the same version.
//!
//! A new value makes a leaf and all nodes above it anew; in rows of their own, each of them would be put, noted as dead
//! and deleted by itself. A strand goes whole: whatever replaces a node replaces all above it, so a strand is dead when
//! its lowest node is, and until then some of its upper nodes may be dead already. Strands end where `band` does, so
//! that few dead nodes wait: the lowest band is short, since leaves live longest.
//!
//! A ref's nonce is the number of the strand times eight, plus the node's place in it, 0 the lowest; the row's key is
//! the ref of that one. Upper strands, those without a leaf, have the highest bit set, but for the first version of a
//! tree: they stand behind the others of their version, so that pages are full of rows that die together, within some
//! sixty blocks. A row is the records from the lowest up, each behind its length, a u32.

use crate::record::{self, Hash, Link, Ref, Shape};

pub const PLACES: u32 = 8;
const UPPER: u32 = 1 << 31;
const LENGTH_BYTES: usize = 4;
/// Room for most rows of a version, and of the first one, where most are a leaf.
const ROW_BYTES: usize = 640;
const FIRST_ROW_BYTES: usize = 128;

/// Heights 0 to 3 are one band, then eight heights each: the nodes of a strand differ in height.
fn band(height: u8) -> u8 {
    if height < 4 { 0 } else { 1 + (height - 4) / 8 }
}

/// Whether a row's lowest node stands above the lowest band; a record begins with the height.
fn is_upper(row: &[u8]) -> bool {
    band(row[LENGTH_BYTES]) > 0
}

pub fn place_of(at: Ref) -> u32 {
    at.nonce() % PLACES
}

/// The key of the row that has a node: the ref of the lowest one.
pub fn row_key(at: Ref) -> Ref {
    Ref::new(at.version(), at.nonce() - place_of(at))
}

/// Where the record at a place stands in a row; None when the row is cut.
pub fn range_in(row: &[u8], place: u32) -> Option<std::ops::Range<usize>> {
    let mut end = 0;
    let mut start = 0;
    for _ in 0..=place {
        start = end + LENGTH_BYTES;
        let length = row.get(end..start)?;
        end = start.checked_add(u32::from_be_bytes(length.try_into().ok()?) as usize)?;
    }
    (end <= row.len()).then_some(start..end)
}

/// Append a record, written by `put`, to a row.
pub fn append(row: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let start = row.len();
    row.extend_from_slice(&[0; LENGTH_BYTES]);
    put(row);
    let length = u32::try_from(row.len() - start - LENGTH_BYTES).expect("a value is bounded");
    row[start..start + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
}

/// The strands made in one version.
pub struct Strands {
    version: u64,
    /// How many strands of the version are not in `rows`: they are stored, or have been taken.
    before: u32,
    rows: Vec<Vec<u8>>,
    row_bytes: usize,
    /// Upper strands stand apart. Those of a first version do not: they are taken a part at a time, keys ascending.
    is_parted: bool,
}

impl Strands {
    /// Begin behind those that were made before.
    pub fn new(version: u64, made: u32) -> Self {
        Self { version, before: made, rows: Vec::new(), row_bytes: ROW_BYTES, is_parted: true }
    }

    /// Begin those of a tree's first version.
    pub fn first(version: u64) -> Self {
        Self { row_bytes: FIRST_ROW_BYTES, is_parted: false, ..Self::new(version, 0) }
    }

    /// How many strands the version has by now.
    pub fn made(&self) -> u32 {
        self.before + u32::try_from(self.rows.len()).expect("fewer nodes than nonces")
    }

    /// Hand over the rows made since the last call, keys ascending.
    pub fn taken(&mut self) -> impl Iterator<Item = (Ref, Vec<u8>)> + use<> {
        let (version, before, is_parted) = (self.version, self.before, self.is_parted);
        self.before = self.made();
        let numbered = (before + 1..).zip(std::mem::take(&mut self.rows)).filter(|(_, row)| !row.is_empty());
        let (upper, lower): (Vec<_>, Vec<_>) = numbered.partition(|(_, row)| is_parted && is_upper(row));
        let lower = lower.into_iter().map(move |(strand, row)| (Ref::new(version, strand * PLACES), row));
        lower.chain(upper.into_iter().map(move |(strand, row)| (Ref::new(version, UPPER | (strand * PLACES)), row)))
    }

    /// Make a leaf and return its link.
    pub fn leaf(&mut self, key: &[u8], value: &[u8]) -> Link {
        let at = self.begin(0);
        self.put(at, |row| record::put_leaf(row, key, value));
        Link { at, hash: record::leaf_hash(self.version, key, value) }
    }

    /// Make an inner node, if possible in the strand of a child, and return its link.
    pub fn inner(&mut self, shape: Shape, left: &Link, right: &Link, key: &[u8]) -> Link {
        let at = self
            .above(right.at, shape.right_height, shape.height)
            .or_else(|| self.above(left.at, shape.left_height, shape.height))
            .unwrap_or_else(|| self.begin(shape.height));
        self.put(at, |row| record::put_inner(row, shape, left, right, key));
        let hash: Hash = record::inner_hash(self.version, shape.height, shape.size, &left.hash, &right.hash);
        Link { at, hash }
    }

    /// The record of a node that was made and is not yet taken.
    pub fn record(&self, at: Ref) -> Option<&[u8]> {
        let row = &self.rows[self.index(at)?];
        range_in(row, place_of(at)).map(|range| &row[range])
    }

    /// Take back a node; tell whether it was there. Whatever replaces a node replaces first what is above it.
    pub fn undo(&mut self, at: Ref) -> bool {
        let Some(index) = self.index(at) else { return false };
        let row = &mut self.rows[index];
        let range = range_in(row, place_of(at)).expect("it was made here");
        assert!(range.end == row.len(), "a node goes after its parent");
        row.truncate(range.start - LENGTH_BYTES);
        true
    }

    fn index(&self, at: Ref) -> Option<usize> {
        let strand = (at.nonce() & !UPPER) / PLACES;
        (at.version() == self.version && strand > self.before).then(|| (strand - self.before - 1) as usize)
    }

    fn begin(&mut self, height: u8) -> Ref {
        self.rows.push(Vec::with_capacity(self.row_bytes));
        let mark = if self.is_parted && band(height) > 0 { UPPER } else { 0 };
        Ref::new(self.version, mark | (self.made() * PLACES))
    }

    /// The place above a child that ends its strand; None when that is stored, or not to go on.
    fn above(&self, child: Ref, child_height: u8, height: u8) -> Option<Ref> {
        let goes_on = self.index(child).is_some() && band(child_height) == band(height);
        goes_on.then(|| Ref::new(self.version, child.nonce() + 1))
    }

    fn put(&mut self, at: Ref, put: impl FnOnce(&mut Vec<u8>)) {
        let index = self.index(at).expect("it is begun here");
        append(&mut self.rows[index], put);
    }
}
