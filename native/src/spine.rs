//! The first version of a tree: ascending insertions into nothing, without walking down for each.
//!
//! A key larger than all goes to the end of the right spine, and rotations there only ever move what hangs to its left.
//! So only the spine is kept: what hangs to its left is finished and stored.

use crate::kept::Child;
use crate::record::{Link, Shape};
use crate::strands::Strands;

/// A node of the right spine: its separator, its left subtree, and its own height.
struct Vertebra {
    key: Box<[u8]>,
    left: Link,
    left_height: u8,
    left_size: u64,
    height: u8,
}

/// Builds a tree from pairs in order of key.
pub struct Spine {
    pub strands: Strands,
    nodes: Vec<Vertebra>,
    last: Option<Link>,
}

impl Spine {
    pub fn new(strands: Strands) -> Self {
        Self { strands, nodes: Vec::new(), last: None }
    }

    /// Insert a key that is larger than all before.
    pub fn append(&mut self, key: &[u8], value: &[u8]) {
        let leaf = self.strands.leaf(key, value);
        if let Some(left) = self.last {
            self.nodes.push(Vertebra { key: key.into(), left, left_height: 0, left_size: 1, height: 1 });
            self.rebalance();
        }
        self.last = Some(leaf);
    }

    /// Restore heights and balance from the end of the spine upwards, as far as they change.
    fn rebalance(&mut self) {
        for at in (0..self.nodes.len() - 1).rev() {
            let right = self.nodes[at + 1].height;
            let node = &mut self.nodes[at];
            if right > node.left_height + 1 {
                self.rotate_left(at);
            } else if node.height == 1 + node.left_height.max(right) {
                return;
            } else {
                node.height = 1 + node.left_height.max(right);
            }
        }
    }

    /// Hang a spine node, now with its right child's left subtree, to the left of that child.
    fn rotate_left(&mut self, at: usize) {
        let node = self.nodes.remove(at);
        let right_height = self.nodes.get(at + 1).map_or(0, |next| next.height);
        let top = &mut self.nodes[at];
        let height = 1 + node.left_height.max(top.left_height);
        let size = node.left_size + top.left_size;
        let shape = Shape { height, left_height: node.left_height, right_height: top.left_height, size };
        top.left = self.strands.inner(shape, &node.left, &top.left, &node.key);
        top.left_height = height;
        top.left_size = size;
        top.height = 1 + height.max(right_height);
    }

    /// Store the spine and return the root, None when nothing was inserted.
    pub fn finish(&mut self) -> Option<Child> {
        let (mut link, mut height, mut size) = (self.last.take()?, 0, 1);
        while let Some(node) = self.nodes.pop() {
            size += node.left_size;
            let shape = Shape { height: node.height, left_height: node.left_height, right_height: height, size };
            link = self.strands.inner(shape, &node.left, &link, &node.key);
            height = node.height;
        }
        Some(Child::new(link, height))
    }
}
