//! Reading the pairs of a range, in order of key or reversed; loads only what it yields.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::nodes::{Child, Inner, Nodes};

/// A subtree still to be read, by its parent, and its depth.
enum Waiting {
    Root(Child),
    Left(Arc<Inner>, u32),
    Right(Arc<Inner>, u32),
}

impl Waiting {
    fn child(&self) -> (&Child, u32) {
        match self {
            Waiting::Root(child) => (child, 1),
            Waiting::Left(parent, depth) => (&parent.left, *depth),
            Waiting::Right(parent, depth) => (&parent.right, *depth),
        }
    }
}

/// Iterates over key and value of the pairs with start <= key < end.
#[pyclass(module = "qos_native")]
pub struct Pairs {
    nodes: Arc<Nodes>,
    levels: u32,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    is_reverse: bool,
    waiting: Vec<Waiting>,
}

impl Pairs {
    pub fn new(
        nodes: Arc<Nodes>,
        root: Option<Child>,
        levels: u32,
        start: &[u8],
        end: Option<&[u8]>,
        is_reverse: bool,
    ) -> Self {
        let waiting = root.map(Waiting::Root).into_iter().collect();
        Self { nodes, levels, start: start.into(), end: end.map(Into::into), is_reverse, waiting }
    }

    fn is_before_end(&self, key: &[u8]) -> bool {
        self.end.as_ref().is_none_or(|end| key < end.as_slice())
    }

    /// Note which children of a node have keys of the range; the one that comes first lies on top.
    fn descend(&mut self, node: &Arc<Inner>, depth: u32) {
        let goes_left = self.start.as_slice() < &*node.key;
        let goes_right = self.is_before_end(&node.key);
        let left = goes_left.then(|| Waiting::Left(node.clone(), depth + 1));
        let right = goes_right.then(|| Waiting::Right(node.clone(), depth + 1));
        let in_order = if self.is_reverse { [left, right] } else { [right, left] };
        self.waiting.extend(in_order.into_iter().flatten());
    }
}

#[pymethods]
impl Pairs {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>> {
        let nodes = self.nodes.clone();
        while let Some(waiting) = self.waiting.pop() {
            let (child, depth) = waiting.child();
            if child.height > 0 {
                let node = nodes.inner(py, child, depth <= self.levels)?;
                self.descend(&node, depth);
                continue;
            }
            let leaf = nodes.leaf(py, &child.link)?;
            if self.start.as_slice() <= leaf.key() && self.is_before_end(leaf.key()) {
                return Ok(Some((PyBytes::new(py, leaf.key()), PyBytes::new(py, leaf.value()))));
            }
        }
        Ok(None)
    }
}
