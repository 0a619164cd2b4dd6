//! The part of QOS that is not Python: what a block does to the state tree, and the hashes of it.
//!
//! It owns no files and knows no host: rows come in, rows go out, as in every other deterministic package.

mod batch;
mod dead;
mod kept;
mod key;
mod nodes;
mod pairs;
mod preload;
mod python;
mod record;
mod shape;
mod spine;
mod strands;
mod tree;

/// The names Python sees; `qos_native.pyi` says what each is.
#[pyo3::pymodule]
mod qos_native {
    #[pymodule_export]
    use crate::dead::Dead;
    #[pymodule_export]
    use crate::pairs::Pairs;
    #[pymodule_export]
    use crate::python::{Foundation, Node, Versions, inner_row, leaf_row, row_key_of};
    #[pymodule_export]
    use crate::tree::Tree;
}
