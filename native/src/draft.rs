//! A version in the making: the nodes that are new, over what is stored.
//!
//! New values do not change a tree's shape, so one pass over the sorted operations replaces each node on their paths
//! once. That a key exists is known without its leaf: it is the separator of an inner node above. Keys that are new or
//! go come after that, one by one, see `shape`. Cosmos iavl, which does all operations one by one in key order, comes to
//! the same root. Recursion follows the height of a balanced tree (under 1.45 log2 of its keys), never the input.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::nodes::{Child, Inner, Nodes};
use crate::record::{Ref, Shape};
use crate::strands::Strands;

/// A key, and its new value or None to remove it.
pub type Operation<'a> = (&'a [u8], Option<&'a [u8]>);

/// A subtree of the version in the making.
pub enum Draft<'a> {
    Stored(Child),
    Leaf { key: &'a [u8], value: &'a [u8] },
    Inner(Box<New<'a>>),
}

/// An inner node that is not stored yet.
pub struct New<'a> {
    pub height: u8,
    pub size: u64,
    pub key: Arc<[u8]>,
    pub left: Draft<'a>,
    pub right: Draft<'a>,
}

impl Draft<'_> {
    pub fn height(&self) -> u8 {
        match self {
            Draft::Stored(child) => child.height,
            Draft::Leaf { .. } => 0,
            Draft::Inner(new) => new.height,
        }
    }
}

/// The operations of one version, and the refs of stored nodes they replace.
pub struct Batch<'a, 'py> {
    pub py: Python<'py>,
    pub nodes: &'a Nodes,
    pub levels: u32,
    operations: &'a [Operation<'a>],
    pub orphans: Vec<Ref>,
    /// Operations that insert or remove, in order.
    rest: Vec<Operation<'a>>,
}

impl<'a, 'py> Batch<'a, 'py> {
    pub fn new(py: Python<'py>, nodes: &'a Nodes, operations: &'a [Operation<'a>], levels: u32) -> Self {
        Self { py, nodes, levels, operations, orphans: Vec::new(), rest: Vec::new() }
    }

    /// Do all operations below a root; None is the empty tree.
    pub fn run(&mut self, root: &Child) -> PyResult<Option<Draft<'a>>> {
        let draft = self.updated(root, self.operations, None, 1)?;
        let mut whole = Some(draft.unwrap_or_else(|| Draft::Stored(root.clone())));
        for (key, value) in std::mem::take(&mut self.rest) {
            whole = match (whole, value) {
                (Some(draft), Some(value)) => Some(self.inserted(draft, key, value)?),
                (None, Some(value)) => Some(Draft::Leaf { key, value }),
                (Some(draft), None) => self.removed(draft, key)?.0,
                (None, None) => None,
            };
        }
        Ok(whole)
    }

    /// Return a subtree with the values of existing keys replaced, None when nothing in it changes.
    ///
    /// `floor` is the key of the subtree's first leaf, None at the left edge of the tree.
    fn updated(
        &mut self,
        child: &Child,
        operations: &'a [Operation<'a>],
        floor: Option<&[u8]>,
        depth: u32,
    ) -> PyResult<Option<Draft<'a>>> {
        if operations.is_empty() {
            return Ok(None);
        }
        if child.height == 0 {
            return self.updated_leaf(child, operations, floor);
        }
        let node = self.nodes.inner(self.py, child, depth <= self.levels)?;
        let middle = operations.partition_point(|(key, _)| *key < &*node.key);
        let (before, behind) = operations.split_at(middle);
        let left = self.updated(&node.left, before, floor, depth + 1)?;
        let right = self.updated(&node.right, behind, Some(&node.key), depth + 1)?;
        if left.is_none() && right.is_none() {
            return Ok(None);
        }
        self.orphans.push(child.link.at);
        let mut new = Box::new(copied(&node));
        new.left = left.unwrap_or(new.left);
        new.right = right.unwrap_or(new.right);
        Ok(Some(Draft::Inner(new)))
    }

    fn updated_leaf(
        &mut self,
        child: &Child,
        operations: &'a [Operation<'a>],
        floor: Option<&[u8]>,
    ) -> PyResult<Option<Draft<'a>>> {
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
                    self.orphans.push(child.link.at);
                    changed = Some(Draft::Leaf { key, value });
                }
                None if key != own => {}
                _ => self.rest.push((key, value)),
            }
        }
        Ok(changed)
    }

    /// Return a node that can be changed in place of one that is stored.
    pub fn writable(&mut self, draft: Draft<'a>) -> PyResult<Box<New<'a>>> {
        match draft {
            Draft::Inner(new) => Ok(new),
            Draft::Stored(child) => {
                let node = self.nodes.inner(self.py, &child, false)?;
                self.orphans.push(child.link.at);
                Ok(Box::new(copied(&node)))
            }
            Draft::Leaf { .. } => unreachable!("a leaf is replaced, never changed"),
        }
    }

    /// Store what is new, children first, and return how a parent knows it.
    pub fn finish(&self, draft: Draft<'a>, strands: &mut Strands, depth: u32) -> Child {
        let is_kept = depth <= self.levels;
        match draft {
            Draft::Stored(child) if is_kept => child,
            Draft::Stored(child) => child.without_node(),
            Draft::Leaf { key, value } => Child::new(strands.leaf(key, value), 0),
            Draft::Inner(new) => {
                let left = self.finish(new.left, strands, depth + 1);
                let right = self.finish(new.right, strands, depth + 1);
                let shape =
                    Shape { height: new.height, left_height: left.height, right_height: right.height, size: new.size };
                let link = strands.inner(shape, &left.link, &right.link, &new.key);
                if is_kept {
                    Child::kept(link, Inner { shape, key: new.key, left, right })
                } else {
                    Child::new(link, shape.height)
                }
            }
        }
    }
}

fn copied<'a>(node: &Inner) -> New<'a> {
    New {
        height: node.shape.height,
        size: node.shape.size,
        key: node.key.clone(),
        left: Draft::Stored(node.left.clone()),
        right: Draft::Stored(node.right.clone()),
    }
}
