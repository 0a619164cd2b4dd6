//! Reading the pairs of a range, in order of key or reversed; loads only what it yields.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::kept::{Child, Inner};
use crate::nodes::Nodes;
use crate::tree::Tree;

/// What has the nodes: those of a tree may be in memory, as long as it stands at the same version.
pub enum Source {
    Versions(Arc<Nodes>),
    Tree(Py<Tree>, Arc<Nodes>, u64),
}

impl Source {
    fn nodes(&self) -> &Nodes {
        match self {
            Source::Versions(nodes) | Source::Tree(_, nodes, _) => nodes,
        }
    }

    fn inner(&self, py: Python<'_>, child: &Child) -> PyResult<Inner> {
        if let Source::Tree(tree, _, adopted) = self
            && let Some(node) = tree.borrow(py).kept_at(*adopted, child.slot)
        {
            return Ok(node.clone());
        }
        self.nodes().inner(py, &child.link)
    }
}

/// Iterates over key and value of the pairs with start <= key < end.
#[pyclass(module = "qos_native")]
pub struct Pairs {
    source: Source,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    is_reverse: bool,
    waiting: Vec<Child>,
}

impl Pairs {
    pub fn new(source: Source, root: Option<Child>, start: &[u8], end: Option<&[u8]>, is_reverse: bool) -> Self {
        let waiting = root.into_iter().collect();
        Self { source, start: start.into(), end: end.map(Into::into), is_reverse, waiting }
    }

    fn is_before_end(&self, key: &[u8]) -> bool {
        self.end.as_ref().is_none_or(|end| key < end.as_slice())
    }

    /// Note which children of a node have keys of the range; the one that comes first lies on top.
    fn descend(&mut self, node: &Inner) {
        let left = (self.start.as_slice() < node.key.bytes()).then_some(node.left);
        let right = self.is_before_end(node.key.bytes()).then_some(node.right);
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
        while let Some(child) = self.waiting.pop() {
            if child.height > 0 {
                let node = self.source.inner(py, &child)?;
                self.descend(&node);
                continue;
            }
            let leaf = self.source.nodes().leaf(py, &child.link)?;
            if self.start.as_slice() <= leaf.key() && self.is_before_end(leaf.key()) {
                return Ok(Some((PyBytes::new(py, leaf.key()), PyBytes::new(py, leaf.value()))));
            }
        }
        Ok(None)
    }
}
