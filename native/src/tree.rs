//! One store's IAVL+ tree, hash for hash cosmos/iavl v1: the committed root and how the next one is made.
//!
//! `apply` never touches the committed tree, so that a round that is not committed is dropped by forgetting what it
//! made. The top levels stay in memory once read, by an update or ahead of it by `preload`; what lies below is read
//! when needed.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyList};

use crate::draft::{Batch, Operation};
use crate::nodes::{Child, Inner, Nodes, link_of};
use crate::pairs::Pairs;
use crate::record::Ref;
use crate::spine::Spine;
use crate::strands::{Strands, place_of};

/// Nodes that one call of `preload` looks at: a millisecond or some.
const PRELOAD_STEP: usize = 5_000;

type Rows<'py> = Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>;

/// The latest committed version of one store's tree.
#[pyclass(module = "qos_native")]
pub struct Tree {
    nodes: Arc<Nodes>,
    root: Option<Child>,
    levels: u32,
    /// Strands of the version to come that are stored already: those of a foundation.
    made: u32,
    prepared: Option<Prepared>,
    /// The key from which on nodes are still to be preloaded; None when that is done.
    preload_from: Option<Vec<u8>>,
}

/// The root of a version that is not committed.
struct Prepared(Option<Child>);

#[pymethods]
impl Tree {
    /// Begin at a stored root, its link empty for an empty tree, over the function that reads the node table.
    #[new]
    #[pyo3(signature = (get, link, levels, made=0))]
    fn new(py: Python<'_>, get: Py<PyAny>, link: &[u8], levels: u32, made: u32) -> PyResult<Self> {
        let nodes = Arc::new(Nodes::new(get));
        let root = link_of(link)?.map(|link| nodes.root(py, &link)).transpose()?;
        Ok(Self { nodes, root, levels, made, prepared: None, preload_from: Some(Vec::new()) })
    }

    /// The link of the committed root, empty for an empty tree.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        link_bytes(py, self.root.as_ref())
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
        let mut strands = Strands::new(version, self.made);
        let (root, orphans) = self.next(py, &operations, &mut strands)?;
        let link = link_bytes(py, root.as_ref());
        self.prepared = Some(Prepared(root));
        let dead = orphans.iter().filter(|at| place_of(**at) == 0).map(|at| PyBytes::new(py, &at.0)).collect();
        Ok((link, rows_of(py, &mut strands), dead))
    }

    /// Make the prepared version, now stored, the committed one.
    fn adopt(&mut self) {
        if let Some(Prepared(root)) = self.prepared.take() {
            self.root = root;
            self.made = 0;
        }
    }

    /// Return the value of a key, or None when the tree does not have it.
    fn find<'py>(&self, py: Python<'py>, key: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let leaf = self.nodes.leaf_at(py, root, key, self.levels)?;
        Ok((leaf.key() == key).then(|| PyBytes::new(py, leaf.value())))
    }

    /// Iterate over the pairs with start <= key < end.
    #[pyo3(signature = (start, end, *, reverse=false))]
    fn pairs(&self, start: &[u8], end: Option<&[u8]>, reverse: bool) -> Pairs {
        Pairs::new(self.nodes.clone(), self.root.clone(), self.levels, start, end, reverse)
    }

    /// How many nodes are in memory.
    #[getter]
    fn kept(&self) -> usize {
        self.root.as_ref().map_or(0, Child::count)
    }

    /// Take the next nodes of the kept levels into memory, in order of key; tell whether there are more.
    ///
    /// Blocks may be committed between two calls: what they make is kept anyway.
    fn preload(&mut self, py: Python<'_>) -> PyResult<bool> {
        let (Some(root), Some(start)) = (&self.root, self.preload_from.take()) else {
            self.preload_from = None;
            return Ok(false);
        };
        let mut ahead = Preload { py, nodes: &self.nodes, levels: self.levels, start, looked: 0 };
        self.preload_from = ahead.below(root, &[], 1)?;
        Ok(self.preload_from.is_some())
    }
}

type HeldOperation<'py> = (Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>);

impl Tree {
    fn next(
        &self,
        py: Python<'_>,
        operations: &[Operation<'_>],
        strands: &mut Strands,
    ) -> PyResult<(Option<Child>, Vec<Ref>)> {
        let Some(root) = &self.root else {
            return Ok((first(operations, strands), Vec::new()));
        };
        let mut batch = Batch::new(py, &self.nodes, operations, self.levels);
        let draft = batch.run(root)?;
        let next = draft.map(|draft| batch.finish(draft, strands, 1));
        Ok((next, batch.orphans))
    }
}

fn first(operations: &[Operation<'_>], strands: &mut Strands) -> Option<Child> {
    let mut spine = Spine::new(std::mem::replace(strands, Strands::new(0, 0)));
    for (key, value) in operations {
        if let Some(value) = value {
            spine.append(key, value);
        }
    }
    let root = spine.finish();
    *strands = spine.strands;
    root
}

struct Preload<'a, 'py> {
    py: Python<'py>,
    nodes: &'a Nodes,
    levels: u32,
    start: Vec<u8>,
    looked: usize,
}

impl Preload<'_, '_> {
    /// Return the floor of the first subtree that was not looked at, None when all were.
    fn below(&mut self, child: &Child, floor: &[u8], depth: u32) -> PyResult<Option<Vec<u8>>> {
        if child.height == 0 || depth > self.levels {
            return Ok(None);
        }
        // The way down to where the last call stopped does not count, or a call might come no further.
        self.looked += usize::from(floor >= self.start.as_slice());
        if self.looked > PRELOAD_STEP {
            return Ok(Some(floor.to_vec()));
        }
        let node: Arc<Inner> = self.nodes.inner(self.py, child, true)?;
        if self.start.as_slice() < &*node.key
            && let Some(stopped) = self.below(&node.left, floor, depth + 1)?
        {
            return Ok(Some(stopped));
        }
        self.below(&node.right, &node.key, depth + 1)
    }
}

/// The link of a root, empty for an empty tree.
pub fn link_bytes<'py>(py: Python<'py>, root: Option<&Child>) -> Bound<'py, PyBytes> {
    root.map_or_else(|| PyBytes::new(py, b""), |root| PyBytes::new(py, &root.link.bytes()))
}

/// The rows made since the last call, keys ascending.
pub fn rows_of<'py>(py: Python<'py>, strands: &mut Strands) -> Rows<'py> {
    strands.taken().map(|(key, row)| (PyBytes::new(py, &key.0), PyBytes::new(py, &row))).collect()
}
