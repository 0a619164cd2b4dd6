//! Reading the kept levels of a tree ahead of the updates that need them, a few nodes a call.

use pyo3::prelude::*;

use crate::kept::{Child, Kept, Side, Slot};
use crate::nodes::Nodes;

/// Nodes that one call looks at: a millisecond or some.
const STEP: usize = 5_000;

/// The key from which on nodes are still to be read.
#[derive(Default)]
pub struct Preload {
    start: Vec<u8>,
}

struct Run<'a, 'py> {
    py: Python<'py>,
    nodes: &'a Nodes,
    kept: &'a mut Kept,
    levels: u32,
    start: &'a [u8],
    looked: usize,
}

impl Preload {
    /// Read a step further; return from where to go on, None when all is in memory.
    pub fn run(
        &self,
        py: Python<'_>,
        nodes: &Nodes,
        kept: &mut Kept,
        root: &mut Child,
        levels: u32,
    ) -> PyResult<Option<Self>> {
        if root.height == 0 || levels == 0 {
            return Ok(None);
        }
        let mut run = Run { py, nodes, kept, levels, start: &self.start, looked: 0 };
        root.slot = run.slot_of(root)?;
        Ok(run.below(root.slot, &[], 1)?.map(|start| Self { start }))
    }
}

impl Run<'_, '_> {
    fn slot_of(&mut self, child: &Child) -> PyResult<Slot> {
        if child.slot != Slot::NONE {
            return Ok(child.slot);
        }
        Ok(self.kept.put(self.nodes.inner(self.py, &child.link)?))
    }

    /// Return the floor of the first subtree that was not looked at, None when all were.
    fn below(&mut self, slot: Slot, floor: &[u8], depth: u32) -> PyResult<Option<Vec<u8>>> {
        // The way down to where the last call stopped does not count, or a call might come no further.
        self.looked += usize::from(floor >= self.start);
        if self.looked > STEP {
            return Ok(Some(floor.to_vec()));
        }
        if depth == self.levels {
            return Ok(None);
        }
        let key = self.kept.get_mut(slot).key.clone();
        if self.start < key.bytes()
            && let Some(stopped) = self.side(slot, Side::Left, floor, depth)?
        {
            return Ok(Some(stopped));
        }
        self.side(slot, Side::Right, key.bytes(), depth)
    }

    fn side(&mut self, slot: Slot, side: Side, floor: &[u8], depth: u32) -> PyResult<Option<Vec<u8>>> {
        let child = *self.kept.get_mut(slot).child(side);
        if child.height == 0 {
            return Ok(None);
        }
        let below = self.slot_of(&child)?;
        self.kept.get_mut(slot).child_mut(side).slot = below;
        self.below(below, floor, depth + 1)
    }
}
