//! Inner nodes that stay in memory, each in a slot; whatever has a slot is named by one parent of the committed tree.
//!
//! A version in the making puts its nodes in slots of their own and notes which it replaces, so that it can be forgotten
//! as well as adopted. Nothing is counted and nothing given back to the machine: on a tree larger than the processor's
//! memory, to touch a neighbour of each node for its counter, and the free room for its size, took half of all time.

use crate::key::Key;
use crate::record::{Link, Shape};

const PAGE: usize = 4_096;

/// A subtree as its parent knows it.
#[derive(Clone, Copy)]
pub struct Child {
    pub link: Link,
    pub height: u8,
    pub slot: Slot,
}

/// Where the node of a subtree is in memory, if it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    pub const NONE: Self = Self(u32::MAX);

    fn place(self) -> (usize, usize) {
        (self.0 as usize / PAGE, self.0 as usize % PAGE)
    }
}

impl Child {
    pub fn new(link: Link, height: u8) -> Self {
        Self { link, height, slot: Slot::NONE }
    }
}

/// An inner node.
#[derive(Clone)]
pub struct Inner {
    pub shape: Shape,
    pub left: Child,
    pub right: Child,
    pub key: Key,
}

/// The side of a node a way goes to.
#[derive(Clone, Copy)]
pub enum Side {
    Left,
    Right,
}

impl Inner {
    pub fn new(shape: Shape, left: Link, right: Link, key: &[u8]) -> Self {
        let (left, right) = (Child::new(left, shape.left_height), Child::new(right, shape.right_height));
        Self { shape, left, right, key: Key::new(key) }
    }

    /// The side that has a key, if any has.
    pub fn side_of(&self, key: &[u8]) -> Side {
        if key < self.key.bytes() { Side::Left } else { Side::Right }
    }

    pub fn child(&self, side: Side) -> &Child {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    pub fn child_mut(&mut self, side: Side) -> &mut Child {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

/// The nodes of one tree that are in memory.
#[derive(Default)]
pub struct Kept {
    pages: Vec<Vec<Inner>>,
    free: Vec<Slot>,
    /// Slots of the version in the making.
    made: Vec<Slot>,
    /// Slots of nodes that are not part of it.
    dead: Vec<Slot>,
}

impl Kept {
    pub fn get(&self, slot: Slot) -> Option<&Inner> {
        let (page, at) = slot.place();
        if slot == Slot::NONE { None } else { Some(&self.pages[page][at]) }
    }

    pub fn get_mut(&mut self, slot: Slot) -> &mut Inner {
        let (page, at) = slot.place();
        &mut self.pages[page][at]
    }

    /// How many nodes are in memory.
    pub fn count(&self) -> usize {
        self.pages.iter().map(Vec::len).sum::<usize>() - self.free.len()
    }

    /// Put a node of the committed tree.
    pub fn put(&mut self, node: Inner) -> Slot {
        if let Some(slot) = self.free.pop() {
            *self.get_mut(slot) = node;
            return slot;
        }
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(if self.pages.is_empty() { 1 } else { PAGE }));
        }
        let number = self.pages.len() - 1;
        self.pages[number].push(node);
        Slot(u32::try_from(number * PAGE + self.pages[number].len() - 1).expect("fewer nodes than slots"))
    }

    /// Put a node of the version in the making.
    pub fn make(&mut self, node: Inner) -> Slot {
        let slot = self.put(node);
        self.made.push(slot);
        slot
    }

    /// Note that a node is not part of the version in the making.
    pub fn replace(&mut self, slot: Slot) {
        if slot != Slot::NONE {
            self.dead.push(slot);
        }
    }

    /// Let the version in the making be the committed one.
    pub fn adopt(&mut self) {
        self.made.clear();
        self.free.append(&mut self.dead);
    }

    /// Forget the version in the making.
    pub fn forget(&mut self) {
        self.dead.clear();
        self.free.append(&mut self.made);
    }
}
