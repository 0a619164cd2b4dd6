//! A version in the making: new values for keys that exist, in one pass over the sorted operations.
//!
//! New values do not change a tree's shape, so each node on their paths is replaced once, children first. That a key
//! exists is known without its leaf: it is the separator of an inner node above. Keys that are new or go come after
//! that, one by one, see `shape`; what this pass has made is to it a stored tree. Cosmos iavl, which does all operations
//! one by one in key order, comes to the same root. Recursion follows the height of a balanced tree (under 1.45 log2 of
//! its keys), never the input.

use pyo3::prelude::*;

use crate::kept::{Child, Inner, Kept, Slot};
use crate::key::Key;
use crate::nodes::Nodes;
use crate::record::{Parts, Ref, split};
use crate::strands::Strands;

/// A key, and its new value or None to remove it.
pub type Operation<'a> = (&'a [u8], Option<&'a [u8]>);

/// The strands of a version, and the refs of stored nodes they replace.
pub struct Batch<'a, 'py> {
    py: Python<'py>,
    nodes: &'a Nodes,
    kept: &'a mut Kept,
    levels: u32,
    pub strands: Strands,
    pub orphans: Vec<Ref>,
    /// Operations that insert or remove, in order.
    rest: Vec<Operation<'a>>,
}

impl<'a, 'py> Batch<'a, 'py> {
    pub fn new(py: Python<'py>, nodes: &'a Nodes, kept: &'a mut Kept, levels: u32, strands: Strands) -> Self {
        Self { py, nodes, kept, levels, strands, orphans: Vec::new(), rest: Vec::new() }
    }

    /// Do sorted operations below a root and return the next one, None for an empty tree.
    pub fn run(&mut self, root: Child, operations: &[Operation<'a>]) -> PyResult<Option<Child>> {
        let updated = self.updated(&root, operations, None, 1)?.unwrap_or(root);
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Ok(Some(updated)) } else { self.reshaped(updated, &rest) }
    }

    /// Return a subtree with the values of existing keys replaced, None when nothing in it changes.
    ///
    /// `floor` is the key of the subtree's first leaf, None at the left edge of the tree.
    fn updated(
        &mut self,
        child: &Child,
        operations: &[Operation<'a>],
        floor: Option<&[u8]>,
        depth: u32,
    ) -> PyResult<Option<Child>> {
        if operations.is_empty() {
            return Ok(None);
        }
        if child.height == 0 {
            return self.updated_leaf(child, operations, floor);
        }
        let mut node = self.inner(child)?;
        let middle = operations.partition_point(|(key, _)| *key < node.key.bytes());
        let (before, behind) = operations.split_at(middle);
        let left = self.updated(&node.left, before, floor, depth + 1)?;
        let right = self.updated(&node.right, behind, Some(node.key.bytes()), depth + 1)?;
        if left.is_none() && right.is_none() {
            return Ok(None);
        }
        self.replaced(child);
        node.left = left.unwrap_or(node.left);
        node.right = right.unwrap_or(node.right);
        Ok(Some(self.made(node, depth)))
    }

    fn updated_leaf(
        &mut self,
        child: &Child,
        operations: &[Operation<'a>],
        floor: Option<&[u8]>,
    ) -> PyResult<Option<Child>> {
        let first;
        let own = if let Some(key) = floor {
            key
        } else {
            first = self.nodes.leaf(self.py, &child.link)?;
            first.key()
        };
        let mut changed = None;
        for &(key, value) in operations {
            match value {
                Some(value) if key == own => {
                    self.replaced(child);
                    changed = Some(Child::new(self.strands.leaf(key, value), 0));
                }
                None if key != own => {}
                _ => self.rest.push((key, value)),
            }
        }
        Ok(changed)
    }

    /// Make an inner node; it stays in memory if it is of the upper levels.
    pub fn made(&mut self, node: Inner, depth: u32) -> Child {
        let link = self.strands.inner(node.shape, &node.left.link, &node.right.link, node.key.bytes());
        let height = node.shape.height;
        let slot = if depth > self.levels { Slot::NONE } else { self.kept.make(node) };
        Child { link, height, slot }
    }

    /// Return an inner node that is stored or was made in this version.
    pub fn inner(&self, child: &Child) -> PyResult<Inner> {
        if let Some(node) = self.kept.get(child.slot) {
            return Ok(node.clone());
        }
        match self.strands.record(child.link.at).and_then(split) {
            Some(Parts::Inner { shape, left, right, key }) => Ok(Inner::new(shape, left, right, key)),
            _ => self.nodes.inner(self.py, &child.link),
        }
    }

    /// Return the key of a leaf that is stored or was made in this version.
    pub fn leaf_key(&self, child: &Child) -> PyResult<Key> {
        match self.strands.record(child.link.at).and_then(split) {
            Some(Parts::Leaf { key, .. }) => Ok(Key::new(key)),
            _ => Ok(Key::new(self.nodes.leaf(self.py, &child.link)?.key())),
        }
    }

    /// Note that a node is not part of the version. Those above it were noted before.
    pub fn replaced(&mut self, child: &Child) {
        self.kept.replace(child.slot);
        if !self.strands.undo(child.link.at) {
            self.orphans.push(child.link.at);
        }
    }
}
