//! One store's IAVL+ tree, hash for hash cosmos/iavl v1: the committed root and how the next one is made.
//!
//! `apply` never touches the committed tree, so that a round that is not committed is dropped by forgetting what it
//! made. The top levels stay in memory once read, by `find` or ahead of all by `preload`, or made; what lies below is
//! read when needed.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyList};

use crate::batch::{Batch, Operation};
use crate::kept::{Child, Inner, Kept, Slot};
use crate::nodes::{Leaf, Nodes, link_of};
use crate::pairs::{Pairs, Source};
use crate::preload::Preload;
use crate::record::Ref;
use crate::spine::Spine;
use crate::strands::{Strands, place_of};

pub type Rows<'py> = Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>;

/// The latest committed version of one store's tree.
#[pyclass(module = "qos_native")]
pub struct Tree {
    nodes: Arc<Nodes>,
    kept: Kept,
    root: Option<Child>,
    levels: u32,
    /// Strands of the version to come that are stored already: those of a foundation.
    made: u32,
    prepared: Option<Prepared>,
    /// How many versions were adopted: slots of one mean nothing in the next.
    adopted: u64,
    preload: Option<Preload>,
}

/// The root of a version that is not committed.
struct Prepared(Option<Child>);

type HeldOperation<'py> = (Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>);

#[pymethods]
impl Tree {
    /// Begin at a stored root, its link empty for an empty tree, over the function that reads the node table.
    #[new]
    #[pyo3(signature = (get, link, levels, made=0))]
    fn new(py: Python<'_>, get: Py<PyAny>, link: &[u8], levels: u32, made: u32) -> PyResult<Self> {
        let nodes = Arc::new(Nodes::new(get));
        let root = link_of(link)?.map(|link| nodes.root(py, link)).transpose()?;
        let preload = Some(Preload::default());
        Ok(Self { nodes, kept: Kept::default(), root, levels, made, prepared: None, adopted: 0, preload })
    }

    /// The link of the committed root, empty for an empty tree.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        link_bytes(py, self.root.as_ref())
    }

    /// How many nodes are in memory.
    #[getter]
    fn kept(&self) -> usize {
        self.kept.count()
    }

    /// Prepare a version; return the link of its root, the rows to append, and the keys of the rows it makes dead.
    fn apply<'py>(
        &mut self,
        py: Python<'py>,
        version: u64,
        operations: &Bound<'py, PyList>,
    ) -> PyResult<(Bound<'py, PyBytes>, Rows<'py>, Vec<Bound<'py, PyBytes>>)> {
        let held = operations.iter().map(|operation| operation.extract()).collect::<PyResult<Vec<HeldOperation>>>()?;
        let operations: Vec<Operation<'_>> =
            held.iter().map(|(key, value)| (key.as_bytes(), value.as_ref().map(PyBytesMethods::as_bytes))).collect();
        if operations.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(PyValueError::new_err("operations are not sorted by key"));
        }
        self.prepared = None;
        self.kept.forget();
        let (root, mut strands, orphans) = self.next(py, version, &operations)?;
        let link = link_bytes(py, root.as_ref());
        self.prepared = Some(Prepared(root));
        let dead = orphans.iter().filter(|at| place_of(**at) == 0).map(|at| PyBytes::new(py, &at.0)).collect();
        Ok((link, rows_of(py, &mut strands), dead))
    }

    /// Make the prepared version, now stored, the committed one.
    fn adopt(&mut self) {
        if let Some(Prepared(root)) = self.prepared.take() {
            self.kept.adopt();
            self.adopted += 1;
            self.root = root;
            self.made = 0;
        }
    }

    /// Return the value of a key, or None when the tree does not have it.
    fn find<'py>(&mut self, py: Python<'py>, key: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        match self.root {
            None => Ok(None),
            Some(root) => Ok(self.leaf_at(py, root, key)?.value_of(py, key)),
        }
    }

    /// Iterate over the pairs with start <= key < end.
    #[pyo3(signature = (start, end, *, reverse=false))]
    fn pairs(this: &Bound<'_, Self>, start: &[u8], end: Option<&[u8]>, reverse: bool) -> Pairs {
        let tree = this.borrow();
        let source = Source::Tree(this.clone().unbind(), tree.nodes.clone(), tree.adopted);
        Pairs::new(source, tree.root, start, end, reverse)
    }

    /// Take the next nodes of the kept levels into memory, in order of key; tell whether there are more.
    ///
    /// Blocks may be committed between two calls: what they make is kept anyway. Between preparing one and its adoption
    /// there is nothing to do.
    fn preload(&mut self, py: Python<'_>) -> PyResult<bool> {
        if self.prepared.is_some() {
            return Ok(false);
        }
        let (Some(ahead), Some(root)) = (self.preload.take(), self.root.as_mut()) else {
            return Ok(false);
        };
        self.preload = ahead.run(py, &self.nodes, &mut self.kept, root, self.levels)?;
        Ok(self.preload.is_some())
    }
}

impl Tree {
    /// The node in a slot, if that is one of the version that stood after so many were adopted.
    pub fn kept_at(&self, adopted: u64, slot: Slot) -> Option<&Inner> {
        if adopted == self.adopted { self.kept.get(slot) } else { None }
    }

    /// Return the leaf where a key is or would be beside.
    fn leaf_at<'py>(&mut self, py: Python<'py>, root: Child, key: &[u8]) -> PyResult<Leaf<'py>> {
        let mut child = root;
        let mut parent = None;
        for _ in 0..self.levels {
            if child.height == 0 {
                break;
            }
            if child.slot == Slot::NONE {
                if self.prepared.is_some() {
                    break; // The prepared version knows nothing of what is read now: its slot would be lost.
                }
                child.slot = self.kept.put(self.nodes.inner(py, &child.link)?);
                match parent {
                    None => self.root = Some(child),
                    Some((slot, side)) => *self.kept.get_mut(slot).child_mut(side) = child,
                }
            }
            let node = self.kept.get_mut(child.slot);
            let side = node.side_of(key);
            parent = Some((child.slot, side));
            child = *node.child(side);
        }
        self.nodes.leaf_below(py, &child, key)
    }

    fn next(
        &mut self,
        py: Python<'_>,
        version: u64,
        operations: &[Operation<'_>],
    ) -> PyResult<(Option<Child>, Strands, Vec<Ref>)> {
        let Some(root) = self.root else {
            let (root, strands) = first(operations, Strands::first(version));
            return Ok((root, strands, Vec::new()));
        };
        let strands = Strands::new(version, self.made);
        let mut batch = Batch::new(py, &self.nodes, &mut self.kept, self.levels, strands);
        let next = batch.run(root, operations)?;
        Ok((next, batch.strands, batch.orphans))
    }
}

fn first(operations: &[Operation<'_>], strands: Strands) -> (Option<Child>, Strands) {
    let mut spine = Spine::new(strands);
    for (key, value) in operations {
        if let Some(value) = value {
            spine.append(key, value);
        }
    }
    (spine.finish(), spine.strands)
}

/// The link of a root, empty for an empty tree.
pub fn link_bytes<'py>(py: Python<'py>, root: Option<&Child>) -> Bound<'py, PyBytes> {
    root.map_or_else(|| PyBytes::new(py, b""), |root| PyBytes::new(py, &root.link.bytes()))
}

/// The rows made since the last call, keys ascending.
pub fn rows_of<'py>(py: Python<'py>, strands: &mut Strands) -> Rows<'py> {
    strands.taken().map(|(key, row)| (PyBytes::new(py, &key.0), PyBytes::new(py, &row))).collect()
}
