//! What a mistyped name was meant to be.

/// Fewer letters begin too many names.
const SHORTEST_BEGIN: usize = 3;

/// The candidate nearest to `name`, if one is near enough to be meant: a slip away, or else begun with it.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    let allowed = (letters / 3).max(1);
    let near = candidates.filter_map(|candidate| {
        let distance = distance(name, candidate);
        let begins = letters >= SHORTEST_BEGIN && candidate.starts_with(name);
        (distance <= allowed || begins).then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// Letters to insert, remove, replace or swap with the next one.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let differs = usize::from(one[i - 1] != other[j - 1]);
            let mut best =
                (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + differs);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_forgiven() {
        let views = || ["offcputime", "runqlat", "wait"].into_iter();
        assert_eq!(nearest("ofcputime", views()), Some("offcputime"));
        assert_eq!(nearest("runqalt", views()), Some("runqlat"));
        assert_eq!(nearest("wiat", views()), Some("wait"));
        assert_eq!(nearest("offcpu", views()), Some("offcputime"));
        assert_eq!(nearest("of", views()), None);
        assert_eq!(nearest("biolatency", views()), None);
    }
}
