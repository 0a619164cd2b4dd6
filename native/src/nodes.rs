//! Stored nodes, checked when read.

use std::sync::Mutex;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::kept::{Child, Inner};
use crate::record::{Link, Parts, Ref, split};
use crate::strands::{place_of, range_in, row_key};

pyo3::import_exception!(qos.store.errors, StoreDamaged);

/// A node as it stands in the table.
pub enum Stored<'py> {
    Leaf(Leaf<'py>),
    Inner(Inner),
}

/// Key and value in a row of the table.
pub struct Leaf<'py> {
    row: Bound<'py, PyBytes>,
    key: std::ops::Range<usize>,
    value: std::ops::Range<usize>,
}

impl<'py> Leaf<'py> {
    pub fn key(&self) -> &[u8] {
        &self.row.as_bytes()[self.key.clone()]
    }

    pub fn value(&self) -> &[u8] {
        &self.row.as_bytes()[self.value.clone()]
    }

    /// The value if the leaf has this key.
    pub fn value_of(&self, py: Python<'py>, key: &[u8]) -> Option<Bound<'py, PyBytes>> {
        (self.key() == key).then(|| PyBytes::new(py, self.value()))
    }
}

/// Reads nodes through the function that reads the node table of one store.
pub struct Nodes {
    get: Py<PyAny>,
    /// The last row is at hand: what follows a node often stands in it.
    last: Mutex<Option<(Ref, Py<PyBytes>)>>,
}

impl Nodes {
    pub fn new(get: Py<PyAny>) -> Self {
        Self { get, last: Mutex::new(None) }
    }

    /// Return the node a link names. Raises `StoreDamaged` when it is missing or not what it should be.
    pub fn read<'py>(&self, py: Python<'py>, link: &Link) -> PyResult<Stored<'py>> {
        let row = self.row(py, row_key(link.at))?;
        let bytes = row.as_bytes();
        let parts = range_in(bytes, place_of(link.at)).and_then(|range| split(&bytes[range]));
        let Some(parts) = parts else {
            return Err(damaged(link, "is missing or fails its check"));
        };
        if parts.hash(link.at.version()) != link.hash {
            return Err(damaged(link, "does not have the hash its parent names"));
        }
        Ok(match parts {
            Parts::Leaf { key, value } => {
                let value_end = value.as_ptr() as usize - bytes.as_ptr() as usize + value.len();
                let value_start = value_end - value.len();
                let key = value_start - key.len()..value_start;
                Stored::Leaf(Leaf { row, key, value: value_start..value_end })
            }
            Parts::Inner { shape, left, right, key } => Stored::Inner(Inner::new(shape, left, right, key)),
        })
    }

    fn row<'py>(&self, py: Python<'py>, key: Ref) -> PyResult<Bound<'py, PyBytes>> {
        if let Some((last, row)) = &*self.last.lock().expect("nothing panics with it")
            && *last == key
        {
            return Ok(row.bind(py).clone());
        }
        let found = self.get.bind(py).call1((PyBytes::new(py, &key.0),))?;
        let row = if found.is_none() { PyBytes::new(py, b"") } else { found.cast_into::<PyBytes>()? };
        *self.last.lock().expect("nothing panics with it") = Some((key, row.clone().unbind()));
        Ok(row)
    }

    /// Return a leaf by its link.
    pub fn leaf<'py>(&self, py: Python<'py>, link: &Link) -> PyResult<Leaf<'py>> {
        match self.read(py, link)? {
            Stored::Leaf(leaf) => Ok(leaf),
            Stored::Inner(_) => Err(damaged(link, "is not the leaf its parent names")),
        }
    }

    /// Return an inner node by its link.
    pub fn inner(&self, py: Python<'_>, link: &Link) -> PyResult<Inner> {
        match self.read(py, link)? {
            Stored::Inner(inner) => Ok(inner),
            Stored::Leaf(_) => Err(damaged(link, "is not the inner node its parent names")),
        }
    }

    /// Return a root by its link, which does not tell its height.
    pub fn root(&self, py: Python<'_>, link: Link) -> PyResult<Child> {
        Ok(match self.read(py, &link)? {
            Stored::Leaf(_) => Child::new(link, 0),
            Stored::Inner(inner) => Child::new(link, inner.shape.height),
        })
    }

    /// Return the leaf below a subtree where a key is or would be beside.
    pub fn leaf_below<'py>(&self, py: Python<'py>, child: &Child, key: &[u8]) -> PyResult<Leaf<'py>> {
        let mut child = *child;
        while child.height > 0 {
            let node = self.inner(py, &child.link)?;
            child = *node.child(node.side_of(key));
        }
        self.leaf(py, &child.link)
    }
}

/// Read the link Python hands over; None when it is empty.
pub fn link_of(bytes: &[u8]) -> PyResult<Option<Link>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    Link::read(bytes).map(Some).ok_or_else(|| PyValueError::new_err("a link is 44 bytes"))
}

fn damaged(link: &Link, what: &str) -> PyErr {
    StoreDamaged::new_err(format!("node {:016x}{:08x} {what}", link.at.version(), link.at.nonce()))
}
