//! Insertions and removals, one by one in key order, with the rotations of cosmos/iavl v1.
//!
//! They work on nodes that are not named yet and can be changed; at the end these are made, children first.

use std::mem;

use pyo3::prelude::*;

use crate::batch::{Batch, Operation};
use crate::kept::{Child, Inner};
use crate::key::Key;
use crate::record::Shape;

/// A subtree of the version in the making; a finished one is stored, or was made in this version.
enum Draft<'a> {
    Finished(Child),
    Leaf { key: &'a [u8], value: &'a [u8] },
    Inner(Box<New<'a>>),
}

/// An inner node that is not made yet.
struct New<'a> {
    height: u8,
    size: u64,
    key: Key,
    left: Draft<'a>,
    right: Draft<'a>,
}

/// What is left of a subtree, None for nothing, and its smallest key if that is another now.
type Rest<'a> = (Option<Draft<'a>>, Option<Key>);

impl Draft<'_> {
    fn height(&self) -> u8 {
        match self {
            Draft::Finished(child) => child.height,
            Draft::Leaf { .. } => 0,
            Draft::Inner(new) => new.height,
        }
    }

    /// Leave a leaf of nothing behind: what stands here is on its way to another place.
    fn take(&mut self) -> Self {
        mem::replace(self, Draft::Leaf { key: &[], value: &[] })
    }
}

impl New<'_> {
    fn set_height(&mut self) {
        self.height = 1 + self.left.height().max(self.right.height());
    }
}

impl<'a> Batch<'a, '_> {
    /// Do operations that each remove a key that is there or insert one that is not; None is the empty tree.
    pub fn reshaped(&mut self, root: Child, operations: &[Operation<'a>]) -> PyResult<Option<Child>> {
        let mut whole = Some(Draft::Finished(root));
        for &(key, value) in operations {
            whole = match (whole, value) {
                (Some(draft), Some(value)) => Some(self.inserted(draft, key, value)?),
                (None, Some(value)) => Some(Draft::Leaf { key, value }),
                (Some(draft), None) => self.removed(draft, key)?.0,
                (None, None) => None,
            };
        }
        Ok(whole.map(|draft| self.finished(draft, 1)))
    }

    fn inserted(&mut self, draft: Draft<'a>, key: &'a [u8], value: &'a [u8]) -> PyResult<Draft<'a>> {
        if draft.height() == 0 {
            let own = self.key_of(&draft)?;
            let leaf = Draft::Leaf { key, value };
            let (separator, left, right) =
                if key < own.bytes() { (own, leaf, draft) } else { (Key::new(key), draft, leaf) };
            return Ok(Draft::Inner(Box::new(New { height: 1, size: 2, key: separator, left, right })));
        }
        let mut node = self.writable(draft)?;
        node.size += 1;
        let side = if key < node.key.bytes() { &mut node.left } else { &mut node.right };
        *side = self.inserted(side.take(), key, value)?;
        self.balanced(node)
    }

    fn removed(&mut self, draft: Draft<'a>, key: &[u8]) -> PyResult<Rest<'a>> {
        if draft.height() == 0 {
            if let Draft::Finished(leaf) = draft {
                self.replaced(&leaf);
            }
            return Ok((None, None));
        }
        let mut node = self.writable(draft)?;
        let mut smallest = None;
        if key < node.key.bytes() {
            let (left, next) = self.removed(node.left.take(), key)?;
            let Some(left) = left else {
                return Ok((Some(node.right), Some(node.key)));
            };
            node.left = left;
            smallest = next;
        } else {
            let (right, next) = self.removed(node.right.take(), key)?;
            let Some(right) = right else {
                return Ok((Some(node.left), None));
            };
            node.right = right;
            node.key = next.unwrap_or(node.key);
        }
        node.size -= 1;
        Ok((Some(self.balanced(node)?), smallest))
    }

    /// Return a node that can be changed in place of one that is finished.
    fn writable(&mut self, draft: Draft<'a>) -> PyResult<Box<New<'a>>> {
        let child = match draft {
            Draft::Inner(new) => return Ok(new),
            Draft::Finished(child) => child,
            Draft::Leaf { .. } => unreachable!("a leaf is replaced, never changed"),
        };
        let node = self.inner(&child)?;
        self.replaced(&child);
        Ok(Box::new(New {
            height: node.shape.height,
            size: node.shape.size,
            key: node.key,
            left: Draft::Finished(node.left),
            right: Draft::Finished(node.right),
        }))
    }

    fn key_of(&self, leaf: &Draft<'a>) -> PyResult<Key> {
        match leaf {
            Draft::Finished(child) => self.leaf_key(child),
            Draft::Leaf { key, .. } => Ok(Key::new(key)),
            Draft::Inner(_) => unreachable!("a leaf has height 0"),
        }
    }

    fn size_of(&self, draft: &Draft<'a>) -> PyResult<u64> {
        match draft {
            Draft::Finished(child) if child.height > 0 => Ok(self.inner(child)?.shape.size),
            Draft::Inner(new) => Ok(new.size),
            _ => Ok(1),
        }
    }

    /// Restore height and balance of a node whose subtrees are balanced.
    fn balanced(&mut self, mut node: Box<New<'a>>) -> PyResult<Draft<'a>> {
        let (left, right) = (node.left.height(), node.right.height());
        if left > right + 1 {
            let mut low = self.writable(node.left.take())?;
            if low.left.height() < low.right.height() {
                low = self.rotated_left(low)?;
            }
            node.left = Draft::Inner(low);
            return Ok(Draft::Inner(self.rotated_right(node)?));
        }
        if right > left + 1 {
            let mut low = self.writable(node.right.take())?;
            if low.left.height() > low.right.height() {
                low = self.rotated_right(low)?;
            }
            node.right = Draft::Inner(low);
            return Ok(Draft::Inner(self.rotated_left(node)?));
        }
        node.set_height();
        Ok(Draft::Inner(node))
    }

    /// Hang a node, now with its left child's right subtree, to the right of that child.
    fn rotated_right(&mut self, mut node: Box<New<'a>>) -> PyResult<Box<New<'a>>> {
        let mut top = self.writable(node.left.take())?;
        node.left = top.right.take();
        let whole = node.size;
        node.size = whole - top.size + self.size_of(&node.left)?;
        node.set_height();
        top.size = whole;
        top.right = Draft::Inner(node);
        top.set_height();
        Ok(top)
    }

    /// Hang a node, now with its right child's left subtree, to the left of that child.
    fn rotated_left(&mut self, mut node: Box<New<'a>>) -> PyResult<Box<New<'a>>> {
        let mut top = self.writable(node.right.take())?;
        node.right = top.left.take();
        let whole = node.size;
        node.size = whole - top.size + self.size_of(&node.right)?;
        node.set_height();
        top.size = whole;
        top.left = Draft::Inner(node);
        top.set_height();
        Ok(top)
    }

    /// Make what is new, children first.
    fn finished(&mut self, draft: Draft<'a>, depth: u32) -> Child {
        match draft {
            Draft::Finished(child) => child,
            Draft::Leaf { key, value } => Child::new(self.strands.leaf(key, value), 0),
            Draft::Inner(new) => {
                let left = self.finished(new.left, depth + 1);
                let right = self.finished(new.right, depth + 1);
                let shape =
                    Shape { height: new.height, left_height: left.height, right_height: right.height, size: new.size };
                self.made(Inner { shape, left, right, key: new.key }, depth)
            }
        }
    }
}
