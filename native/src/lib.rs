//! The part of QOS that is not Python: what a block does to the state tree, and the hashes of it.
//!
//! It owns no files and knows no host: rows come in, rows go out, as in every other deterministic package.

use pyo3::prelude::*;

/// The names Python sees; `qos_native.pyi` says what each is.
#[pymodule]
mod qos_native {
    use pyo3::pyfunction;
    use sha2::{Digest, Sha256};

    /// The SHA-256 of `data`: 32 bytes.
    #[pyfunction]
    fn sha256(data: &[u8]) -> [u8; 32] {
        Sha256::digest(data).into()
    }
}
