//! Dead strands that wait until they are deleted, in buckets by where in the node table they lie.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::record::{REF_BYTES, Ref};

/// What waits of one store.
#[pyclass(module = "qos_native")]
pub struct Dead {
    buckets: Vec<Vec<Ref>>,
}

#[pymethods]
impl Dead {
    /// Begin with that many empty buckets.
    #[new]
    fn new(buckets: u16) -> PyResult<Self> {
        if buckets == 0 {
            return Err(PyValueError::new_err("at least one bucket is needed"));
        }
        Ok(Self { buckets: vec![Vec::new(); buckets.into()] })
    }

    /// How many strands wait.
    fn __len__(&self) -> usize {
        self.buckets.iter().map(Vec::len).sum()
    }

    /// Take the keys of rows, one behind the other.
    fn add(&mut self, keys: &[u8]) -> PyResult<()> {
        let (keys, rest) = keys.as_chunks::<REF_BYTES>();
        if !rest.is_empty() {
            return Err(PyValueError::new_err("a key has 12 bytes"));
        }
        for key in keys {
            let bucket = self.bucket_of(Ref(*key));
            self.buckets[bucket].push(Ref(*key));
        }
        Ok(())
    }

    /// Hand over a version's bucket, keys ascending.
    fn take<'py>(&mut self, py: Python<'py>, version: u64) -> Vec<Bound<'py, PyBytes>> {
        let number = version % self.buckets.len() as u64;
        let mut keys = std::mem::take(&mut self.buckets[usize::try_from(number).expect("there are few buckets")]);
        keys.sort_unstable_by_key(|key| key.0);
        keys.iter().map(|key| PyBytes::new(py, &key.0)).collect()
    }
}

impl Dead {
    /// The version plus bits 12 to 19 of the nonce: 512 neighbours, some 80 pages, share a bucket.
    fn bucket_of(&self, key: Ref) -> usize {
        let chunk = u64::from((key.nonce() >> 12) & 0xFF);
        usize::try_from((key.version() % 256 + chunk) % self.buckets.len() as u64).expect("there are few buckets")
    }
}
