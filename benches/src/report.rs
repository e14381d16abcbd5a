//! Prints figures in columns, and each promise with what was found.

/// Prints rows under their heads, numbers to the right.
pub fn table(heads: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    for row in std::iter::once(&heads).chain(rows) {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// One promise: what it is about, what was found, and the most it may be.
pub fn promise(what: &str, found: f64, most: f64, unit: &str) {
    let verdict = if found <= most { "reached" } else { "NOT REACHED" };
    println!("{what}: {found:.3} {unit}, at most {most} {unit}: {verdict}");
}

/// The same of a figure that is known to within its standard error.
pub fn promise_within(what: &str, found: f64, error: f64, most: f64, unit: &str) {
    let verdict = match found {
        found if found + error <= most => "reached",
        found if found - error <= most => "NOT DECIDED, this machine is too noisy",
        _ => "NOT REACHED",
    };
    println!("{what}: {found:.2} ±{error:.2} {unit}, at most {most} {unit}: {verdict}");
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// How far the median may lie from the one of endless rounds: its standard error.
pub fn spread(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    // Of the mean, and a quarter more for the median.
    1.25 * (squares / (count - 1.0).max(1.0) / count).sqrt()
}

pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
