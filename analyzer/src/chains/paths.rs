//! Paths of a graph, shared from the root on, with the time that ended at each.
//!
//! There may be millions of paths, so that their steps are numbers of labels.

use super::hash::FastMap;
use super::site::Numbering;
use super::wait::Context;

/// How time ended on a path, where no thread or interrupt is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Leaf {
    Running,
    Runqueue,
    Preempted,
    NoWaker,
    Lost,
    Truncated,
    Cycle,
    Loop,
    Cut,
}

impl Leaf {
    /// The frame that stands for it.
    pub fn frame(self) -> &'static str {
        match self {
            Self::Running => "[running]",
            Self::Runqueue => "[runqueue]",
            Self::Preempted => "[preempted]",
            Self::NoWaker => "[no-waker]",
            Self::Lost => "[lost]",
            Self::Truncated => "[truncated]",
            Self::Cycle => "[cycle]",
            Self::Loop => "[loop]",
            Self::Cut => "[cut]",
        }
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Threads of this name.
    Name(u32),
    /// The stacks with which the target left the CPU.
    Target { kstack: i64, ustack: i64 },
    /// Woken from these stacks by threads of this name.
    Thread { name: u32, kstack: i64, ustack: i64 },
    /// Woken from this stack by no thread.
    Terminal { context: Context, kstack: i64 },
    /// The state that time was spent in, by the thread at the end of the path.
    State(Leaf),
    /// Why the path ends here: set off like a waker.
    End(Leaf),
}

impl Leaf {
    pub const ALL: [Self; 9] = [
        Self::Running,
        Self::Runqueue,
        Self::Preempted,
        Self::NoWaker,
        Self::Lost,
        Self::Truncated,
        Self::Cycle,
        Self::Loop,
        Self::Cut,
    ];
}

/// Numbers of labels. Those of leaves are fixed.
#[derive(Debug)]
pub struct Labels(Numbering<Label>);

impl Default for Labels {
    fn default() -> Self {
        let mut numbering = Numbering::default();
        for leaf in Leaf::ALL {
            numbering.number(Label::State(leaf));
        }
        for leaf in Leaf::ALL {
            numbering.number(Label::End(leaf));
        }
        Self(numbering)
    }
}

impl Labels {
    pub fn number(&mut self, label: Label) -> u32 {
        self.0.number(label)
    }

    pub fn label(&self, number: u32) -> Label {
        self.0.values()[number as usize]
    }

    pub fn state(leaf: Leaf) -> u32 {
        leaf as u32
    }

    pub fn end(leaf: Leaf) -> u32 {
        leaf as u32 + Leaf::ALL.len() as u32
    }
}

/// The root of every path.
pub const ROOT: u32 = u32::MAX;

/// A tree of labels; nodes are numbered, parents before children.
#[derive(Debug, Default)]
pub struct Paths {
    nodes: Vec<Node>,
    /// By parent and label.
    children: FastMap<u64, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    parent: u32,
    label: u32,
    ns: i64,
    waits: u64,
}

/// The time that ended at one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    pub node: u32,
    pub ns: i64,
    pub waits: u64,
}

impl Paths {
    /// The node below `parent`.
    pub fn child(&mut self, parent: u32, label: u32) -> u32 {
        let step = u64::from(parent) << 32 | u64::from(label);
        *self.children.entry(step).or_insert_with(|| {
            self.nodes.push(Node { parent, label, ns: 0, waits: 0 });
            (self.nodes.len() - 1) as u32
        })
    }

    /// Bills time to a node.
    pub fn add(&mut self, node: u32, ns: i64) {
        let node = &mut self.nodes[node as usize];
        node.ns = node.ns.saturating_add(ns);
        node.waits += 1;
    }

    /// Adds the paths of another tree.
    pub fn merge(&mut self, other: &Self) {
        let mut here = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let parent = if node.parent == ROOT { ROOT } else { here[node.parent as usize] };
            let number = self.child(parent, node.label);
            let total = &mut self.nodes[number as usize];
            total.ns = total.ns.saturating_add(node.ns);
            total.waits += node.waits;
            here.push(number);
        }
    }

    /// Every path at which time ended.
    pub fn totals(&self) -> impl Iterator<Item = Total> + '_ {
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.waits > 0)
            .map(|(number, node)| Total { node: number as u32, ns: node.ns, waits: node.waits })
    }

    /// The numbers of the labels of a path, from the root on.
    pub fn steps(&self, node: u32) -> Vec<u32> {
        let mut steps = Vec::new();
        let mut at = node;
        while at != ROOT {
            let node = &self.nodes[at as usize];
            steps.push(node.label);
            at = node.parent;
        }
        steps.reverse();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::{Label, Labels, Leaf};

    #[test]
    fn leaves_have_fixed_numbers() {
        let labels = Labels::default();
        for leaf in Leaf::ALL {
            assert_eq!(labels.label(Labels::state(leaf)), Label::State(leaf));
            assert_eq!(labels.label(Labels::end(leaf)), Label::End(leaf));
        }
    }
}
