//! What Python reads and builds besides a tree that goes on: nodes of kept versions, foundations, imported states.

use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::nodes::{Nodes, Stored, link_of};
use crate::pairs::{Pairs, Source};
use crate::record::{Link, REF_BYTES, Ref, Shape, inner_hash, leaf_hash, put_inner, put_leaf};
use crate::spine::Spine;
use crate::strands::{Strands, append, row_key};
use crate::tree::{link_bytes, rows_of};

/// A leaf (height 0) or an inner node, as it is stored.
#[pyclass(module = "qos_native", frozen, get_all)]
pub struct Node {
    link: Py<PyBytes>,
    version: u64,
    height: u8,
    size: u64,
    key: Py<PyBytes>,
    value: Py<PyBytes>,
    left_link: Py<PyBytes>,
    right_link: Py<PyBytes>,
}

/// Reads trees of kept versions; nothing stays in memory.
#[pyclass(module = "qos_native", frozen, name = "Nodes")]
pub struct Versions {
    nodes: Arc<Nodes>,
}

#[pymethods]
impl Versions {
    /// Read through the function that reads the node table.
    #[new]
    fn new(get: Py<PyAny>) -> Self {
        Self { nodes: Arc::new(Nodes::new(get)) }
    }

    /// Return the node a link names.
    fn load(&self, py: Python<'_>, link: &Bound<'_, PyBytes>) -> PyResult<Node> {
        let at = required(link.as_bytes())?;
        let bytes = |bytes: &[u8]| PyBytes::new(py, bytes).unbind();
        let (link, version) = (link.clone().unbind(), at.at.version());
        Ok(match self.nodes.read(py, &at)? {
            Stored::Leaf(leaf) => Node {
                link,
                version,
                height: 0,
                size: 1,
                key: bytes(leaf.key()),
                value: bytes(leaf.value()),
                left_link: bytes(b""),
                right_link: bytes(b""),
            },
            Stored::Inner(inner) => Node {
                link,
                version,
                height: inner.shape.height,
                size: inner.shape.size,
                key: bytes(inner.key.bytes()),
                value: bytes(b""),
                left_link: bytes(&inner.left.link.bytes()),
                right_link: bytes(&inner.right.link.bytes()),
            },
        })
    }

    /// Return the value of a key below a root, or None when the tree does not have it.
    fn find<'py>(&self, py: Python<'py>, root: &[u8], key: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(root) = link_of(root)? else {
            return Ok(None);
        };
        let root = self.nodes.root(py, root)?;
        Ok(self.nodes.leaf_below(py, &root, key)?.value_of(py, key))
    }

    /// Iterate over the pairs with start <= key < end below a root.
    #[pyo3(signature = (root, start, end, *, reverse=false))]
    fn pairs(&self, py: Python<'_>, root: &[u8], start: &[u8], end: Option<&[u8]>, reverse: bool) -> PyResult<Pairs> {
        let root = link_of(root)?.map(|link| self.nodes.root(py, link)).transpose()?;
        Ok(Pairs::new(Source::Versions(self.nodes.clone()), root, start, end, reverse))
    }
}

/// Builds the first version of a tree from pairs in order of key.
#[pyclass(module = "qos_native", frozen)]
pub struct Foundation {
    spine: Mutex<Spine>,
}

#[pymethods]
impl Foundation {
    /// Begin a tree whose nodes are of a version.
    #[new]
    fn new(version: u64) -> Self {
        Self { spine: Mutex::new(Spine::new(Strands::first(version))) }
    }

    /// Insert a key that is larger than all before.
    fn append(&self, key: &[u8], value: &[u8]) {
        self.spine().append(key, value);
    }

    /// Hand over the rows made since the last call, keys ascending.
    fn taken<'py>(&self, py: Python<'py>) -> Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        rows_of(py, &mut self.spine().strands)
    }

    /// Make the last rows and return the link of the root, empty when nothing was inserted.
    fn finish<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        link_bytes(py, self.spine().finish().as_ref())
    }

    /// How many strands were made.
    #[getter]
    fn strands(&self) -> u32 {
        self.spine().strands.made()
    }
}

impl Foundation {
    fn spine(&self) -> std::sync::MutexGuard<'_, Spine> {
        self.spine.lock().expect("nothing panics with it")
    }
}

/// Return link and row of a leaf that stands in a strand of its own.
#[pyfunction]
pub fn leaf_row<'py>(
    py: Python<'py>,
    version: u64,
    strand: u32,
    key: &[u8],
    value: &[u8],
) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>) {
    let mut row = Vec::with_capacity(16 + key.len() + value.len());
    append(&mut row, |row| put_leaf(row, key, value));
    let link = Link { at: place(version, strand), hash: leaf_hash(version, key, value) };
    (PyBytes::new(py, &link.bytes()), PyBytes::new(py, &row))
}

/// Return link and row of an inner node that stands in a strand of its own; heights are its own, left and right.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "a record has that many fields; Python names them")]
#[pyo3(signature = (version, strand, *, heights, size, left, right, key))]
pub fn inner_row<'py>(
    py: Python<'py>,
    version: u64,
    strand: u32,
    heights: (u8, u8, u8),
    size: u64,
    left: &[u8],
    right: &[u8],
    key: &[u8],
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let (left, right) = (required(left)?, required(right)?);
    let (height, left_height, right_height) = heights;
    let mut row = Vec::with_capacity(128 + key.len());
    let shape = Shape { height, left_height, right_height, size };
    append(&mut row, |row| put_inner(row, shape, &left, &right, key));
    let link = Link { at: place(version, strand), hash: inner_hash(version, height, size, &left.hash, &right.hash) };
    Ok((PyBytes::new(py, &link.bytes()), PyBytes::new(py, &row)))
}

/// Return the key of the row that has a node of that ref.
#[pyfunction]
#[pyo3(name = "row_key")]
pub fn row_key_of(reference: [u8; REF_BYTES]) -> [u8; REF_BYTES] {
    row_key(Ref(reference)).0
}

fn place(version: u64, strand: u32) -> Ref {
    Ref::new(version, strand * crate::strands::PLACES)
}

fn required(link: &[u8]) -> PyResult<Link> {
    link_of(link)?.ok_or_else(|| PyValueError::new_err("a link is 44 bytes"))
}
