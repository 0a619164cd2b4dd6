//! Insertions and removals, one by one in key order, with the rotations of cosmos/iavl v1.

use std::mem;
use std::sync::Arc;

use pyo3::prelude::*;

use crate::draft::{Batch, Draft, New};

impl Draft<'_> {
    /// Leave a leaf of nothing behind: what stands here is on its way to another place.
    fn take(&mut self) -> Self {
        mem::replace(self, Draft::Leaf { key: &[], value: &[] })
    }
}

/// What is left of a subtree, None for nothing, and its smallest key if that is another now.
type Rest<'a> = (Option<Draft<'a>>, Option<Arc<[u8]>>);

impl New<'_> {
    fn set_height(&mut self) {
        self.height = 1 + self.left.height().max(self.right.height());
    }
}

impl<'a> Batch<'a, '_> {
    /// Insert a key that is not there.
    pub fn inserted(&mut self, draft: Draft<'a>, key: &'a [u8], value: &'a [u8]) -> PyResult<Draft<'a>> {
        if draft.height() == 0 {
            let own = self.key_of(&draft)?;
            let leaf = Draft::Leaf { key, value };
            let (separator, left, right) = if key < &*own { (own, leaf, draft) } else { (key.into(), draft, leaf) };
            return Ok(Draft::Inner(Box::new(New { height: 1, size: 2, key: separator, left, right })));
        }
        let mut node = self.writable(draft)?;
        node.size += 1;
        let side = if key < &*node.key { &mut node.left } else { &mut node.right };
        *side = self.inserted(side.take(), key, value)?;
        self.balanced(node)
    }

    /// Remove a key that is there.
    pub fn removed(&mut self, draft: Draft<'a>, key: &[u8]) -> PyResult<Rest<'a>> {
        if draft.height() == 0 {
            if let Draft::Stored(leaf) = draft {
                self.orphans.push(leaf.link.at);
            }
            return Ok((None, None));
        }
        let mut node = self.writable(draft)?;
        let mut smallest = None;
        if key < &*node.key {
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

    fn key_of(&self, leaf: &Draft<'a>) -> PyResult<Arc<[u8]>> {
        match leaf {
            Draft::Stored(child) => Ok(self.nodes.leaf(self.py, &child.link)?.key().into()),
            Draft::Leaf { key, .. } => Ok((*key).into()),
            Draft::Inner(_) => unreachable!("a leaf has height 0"),
        }
    }

    fn size_of(&self, draft: &Draft<'a>) -> PyResult<u64> {
        match draft {
            Draft::Stored(child) if child.height > 0 => Ok(self.nodes.inner(self.py, child, false)?.shape.size),
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
}
