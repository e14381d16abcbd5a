//! Stacks as a tree, and the part of it that a page can show.

use std::collections::HashMap;

use super::names::Names;
use super::packed::Packed;

/// Stands for the children of a frame that are too narrow to be seen.
pub const SMALLER: &str = "[smaller]";

/// The frame below all others.
pub const ROOT: u32 = 0;

#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    places: HashMap<(u32, u32), u32>,
}

#[derive(Clone, Debug)]
struct Node {
    name: u32,
    parent: u32,
    /// Without its children.
    own: i64,
}

/// A tree in the order in which it is drawn, parents before children.
#[derive(Debug)]
pub struct Drawn {
    pub text: String,
    pub total: i64,
    pub frames: usize,
    /// What is narrower than this is drawn as [`SMALLER`].
    pub least: i64,
    /// Where each node of the tree went.
    pub places: Vec<u32>,
}

impl Tree {
    pub fn new(names: &mut Names) -> Self {
        let root = Node { name: names.number("all"), parent: ROOT, own: 0 };
        Self { nodes: vec![root], places: HashMap::new() }
    }

    /// The last frame of a stack.
    pub fn leaf(&mut self, folded: &str, names: &mut Names) -> u32 {
        folded.split(';').fold(ROOT, |node, frame| self.child(node, names.number(frame)))
    }

    pub fn child(&mut self, parent: u32, name: u32) -> u32 {
        let next = self.nodes.len() as u32;
        let place = *self.places.entry((parent, name)).or_insert(next);
        if place == next {
            self.nodes.push(Node { name, parent, own: 0 });
        }
        place
    }

    pub fn add(&mut self, node: u32, value: i64) {
        self.nodes[node as usize].own += value;
    }

    /// The value of every node, its children included. A node is younger than its parent.
    fn totals(&self) -> Vec<i64> {
        let mut totals: Vec<i64> = self.nodes.iter().map(|node| node.own).collect();
        for (place, node) in self.nodes.iter().enumerate().skip(1).rev() {
            totals[node.parent as usize] += totals[place];
        }
        totals
    }

    /// What is at least `least` wide, children by name; all else is added up beside it.
    pub fn drawn(&self, least: i64, names: &mut Names) -> Drawn {
        let smaller = names.number(SMALLER);
        let totals = self.totals();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate().skip(1) {
            if totals[place] >= least {
                children[node.parent as usize].push(place as u32);
            }
        }
        for list in &mut children {
            list.sort_by(|one, other| {
                let name = |node: &u32| names.text(self.nodes[*node as usize].name);
                name(other).cmp(name(one))
            });
        }
        let rest = |place: usize| {
            let shown: i64 = children[place].iter().map(|child| totals[*child as usize]).sum();
            totals[place] - self.nodes[place].own - shown
        };
        let mut places = vec![u32::MAX; self.nodes.len()];
        let mut packed = Packed::default();
        let (mut frames, mut last_depth) = (0_u32, 0);
        let mut open = vec![(ROOT, 0_u32)];
        while let Some((node, depth)) = open.pop() {
            let place = node as usize;
            let mut frame = |name: u32, depth: u32, own: i64| {
                packed.push(if frames == 0 { 0 } else { last_depth + 1 - depth });
                packed.push(name);
                packed.push(own);
                (frames, last_depth) = (frames + 1, depth);
                frames - 1
            };
            places[place] = frame(self.nodes[place].name, depth, self.nodes[place].own);
            let hidden = rest(place);
            if hidden > 0 {
                frame(smaller, depth + 1, hidden);
            }
            open.extend(children[place].iter().map(|child| (*child, depth + 1)));
        }
        // A hidden node went into the frame that follows the nearest parent that is drawn.
        for place in 1..self.nodes.len() {
            if places[place] == u32::MAX {
                let parent = self.nodes[place].parent as usize;
                let is_drawn = totals[parent] >= least || parent == 0;
                places[place] = places[parent] + u32::from(is_drawn);
            }
        }
        Drawn { text: packed.text(), total: totals[0], frames: frames as usize, least, places }
    }

    /// As much as fits into so many frames, and at least one share of 10,000.
    pub fn fitted(&self, most: usize, names: &mut Names) -> Drawn {
        let mut least = (self.totals()[0] / 10_000).max(1);
        loop {
            let drawn = self.drawn(least, names);
            if drawn.frames <= most || least > drawn.total {
                return drawn;
            }
            least *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two stacks of which one is hardly there.
    fn tree(names: &mut Names) -> (Tree, Vec<u32>) {
        let mut tree = Tree::new(names);
        let leaves = [("a;b;c", 900), ("a;b", 50), ("a;z;y", 3), ("a;x", 7), ("d;e", 2)].map(
            |(folded, value)| {
                let leaf = tree.leaf(folded, names);
                tree.add(leaf, value);
                leaf
            },
        );
        (tree, leaves.to_vec())
    }

    #[test]
    fn everything_has_a_place_and_the_sum_stays() {
        let mut names = Names::default();
        let (tree, leaves) = tree(&mut names);
        for least in [1, 4, 10, 5000] {
            let drawn = tree.drawn(least, &mut names);
            assert_eq!(drawn.total, 962);
            assert!(
                leaves.iter().all(|leaf| (drawn.places[*leaf as usize] as usize) < drawn.frames)
            );
        }
        assert_eq!(tree.drawn(1, &mut names).frames, 9);
        // all, its rest, a, its rest, b, c, x.
        let drawn = tree.drawn(4, &mut names);
        assert_eq!(drawn.frames, 7);
        let at = |leaf: usize| drawn.places[leaves[leaf] as usize];
        assert_eq!([at(0), at(1), at(2), at(3), at(4)], [5, 4, 3, 6, 1]);
        assert_eq!(tree.drawn(5000, &mut names).frames, 2);
    }

    #[test]
    fn frames_are_few_enough() {
        let mut names = Names::default();
        let (tree, _) = tree(&mut names);
        assert!(tree.fitted(4, &mut names).frames <= 4);
        assert_eq!(tree.fitted(100, &mut names).least, 1);
    }
}
