//! Finds the symbols of a few addresses in one pass over a symbol table of any size.
//!
//! The addresses are sorted, the symbols may come in any order and are not kept: memory follows
//! what is asked, not what the table holds, and a table of millions of symbols costs one read.

/// A symbol that covers one of the addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol<N> {
    pub start: u64,
    pub name: N,
}

/// The closest symbol at or before an address; its name is kept only where it has no size.
#[derive(Clone, Debug)]
struct Nearest<N> {
    start: u64,
    end: u64,
    name: Option<N>,
}

/// One search over one symbol table.
pub struct Search<'a, N> {
    wanted: &'a [u64],
    /// Whether the second symbol is the better name for an address that both cover.
    better: fn(&Symbol<N>, &Symbol<N>) -> bool,
    covering: Vec<Option<Symbol<N>>>,
    nearest: Vec<Option<Nearest<N>>>,
    /// What is left to spend on overlaps and names; only a hostile table uses it up.
    budget: usize,
}

impl<'a, N: Clone> Search<'a, N> {
    /// Searches for `wanted`, which must be sorted.
    pub fn new(wanted: &'a [u64], better: fn(&Symbol<N>, &Symbol<N>) -> bool) -> Self {
        debug_assert!(wanted.is_sorted());
        Self {
            wanted,
            better,
            covering: vec![None; wanted.len()],
            nearest: vec![None; wanted.len()],
            budget: 65_536 + 16 * wanted.len(),
        }
    }

    /// Allows for more symbols without a size, where the table is trusted.
    pub fn with_budget(mut self, budget: usize) -> Self {
        self.budget = budget;
        self
    }

    /// Offers a symbol of known size; `name` is called only where it covers an address.
    pub fn sized(&mut self, start: u64, size: u64, name: impl Fn() -> Option<N>) {
        let Some(first) = self.first_after(start) else { return };
        let end = start.saturating_add(size);
        self.note_nearest(first, Nearest { start, end, name: None });
        for index in first..self.wanted.len() {
            if self.wanted[index] >= end || self.budget == 0 {
                break;
            }
            self.budget -= 1;
            let Some(name) = name() else { break };
            let symbol = Symbol { start, name };
            match &self.covering[index] {
                Some(known) if !(self.better)(known, &symbol) => {}
                _ => self.covering[index] = Some(symbol),
            }
        }
    }

    /// Offers a symbol whose size is not known: it reaches to the next one, at most to `end`.
    pub fn unsized_until(&mut self, start: u64, end: u64, name: impl Fn() -> Option<N>) {
        let Some(first) = self.first_after(start) else { return };
        if self.budget == 0 || self.nearest[first].as_ref().is_some_and(|known| known.start > start)
        {
            return;
        }
        self.budget -= 1;
        if let Some(name) = name() {
            self.note_nearest(first, Nearest { start, end, name: Some(name) });
        }
    }

    /// The symbol of each address, in their order.
    pub fn finish(self) -> Vec<Option<Symbol<N>>> {
        let mut before: Option<Nearest<N>> = None;
        let pairs = self.covering.into_iter().zip(self.nearest).zip(self.wanted);
        pairs
            .map(|((covering, nearest), address)| {
                before = nearest.or_else(|| before.take());
                covering.or_else(|| {
                    let near = before.as_ref().filter(|near| *address < near.end)?;
                    Some(Symbol { start: near.start, name: near.name.clone()? })
                })
            })
            .collect()
    }

    fn first_after(&self, start: u64) -> Option<usize> {
        let first = self.wanted.partition_point(|address| *address < start);
        (first < self.wanted.len()).then_some(first)
    }

    fn note_nearest(&mut self, index: usize, new: Nearest<N>) {
        let better = match (&self.nearest[index], &new.name) {
            (None, _) => true,
            (Some(known), _) if known.start != new.start => known.start < new.start,
            (Some(Nearest { name: Some(known), .. }), Some(name)) => (self.better)(
                &Symbol { start: new.start, name: known.clone() },
                &Symbol { start: new.start, name: name.clone() },
            ),
            (Some(_), _) => false,
        };
        if better {
            self.nearest[index] = Some(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn innermost(known: &Symbol<&str>, new: &Symbol<&str>) -> bool {
        new.start > known.start
    }

    fn names<'a>(search: Search<'_, &'a str>) -> Vec<Option<&'a str>> {
        search.finish().into_iter().map(|found| found.map(|symbol| symbol.name)).collect()
    }

    #[test]
    fn sized_symbols_cover_their_range_only() {
        let wanted = [9, 10, 19, 20, 35];
        let mut search = Search::new(&wanted, innermost);
        search.sized(30, 5, || Some("late"));
        search.sized(10, 10, || Some("early"));
        assert_eq!(names(search), [None, Some("early"), Some("early"), None, None]);
    }

    #[test]
    fn the_innermost_of_nested_symbols_wins_in_either_order() {
        let wanted = [15, 50];
        for flip in [false, true] {
            let mut search = Search::new(&wanted, innermost);
            let mut symbols = [(0, 100, "outer"), (10, 10, "inner")];
            if flip {
                symbols.reverse();
            }
            for (start, size, name) in symbols {
                search.sized(start, size, || Some(name));
            }
            assert_eq!(names(search), [Some("inner"), Some("outer")]);
        }
    }

    #[test]
    fn an_unsized_symbol_reaches_to_the_next_symbol_or_its_end() {
        let wanted = [12, 22, 35, 60];
        let mut search = Search::new(&wanted, innermost);
        search.unsized_until(30, 50, || Some("second"));
        search.unsized_until(10, 50, || Some("first"));
        search.sized(20, 1, || Some("between"));
        assert_eq!(names(search), [Some("first"), None, Some("second"), None]);
    }

    #[test]
    fn a_hostile_table_of_overlaps_ends_early() {
        let wanted: Vec<u64> = (0..5_000).collect();
        let mut search = Search::new(&wanted, |_, _| true);
        for _ in 0..1_000_000 {
            search.sized(0, u64::MAX, || Some("everywhere"));
        }
        assert_eq!(search.budget, 0);
        assert_eq!(search.finish().len(), 5_000);
    }
}
