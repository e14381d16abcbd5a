use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::*;

const SECOND: i64 = 1_000_000_000;

fn draw(answers: &[Answer], shape: &Shape) -> String {
    let page = Page {
        view: "test",
        title: "Latency <of> & all",
        window: 5 * SECOND..9 * SECOND,
        start: 5 * SECOND,
        clock: WallClock::default(),
        answers,
    };
    let picture = svg(&page, shape).unwrap();
    assert_eq!(picture, svg(&page, shape).unwrap(), "the same bytes");
    assert!(picture.contains("Latency &lt;of&gt; &amp; all"), "{picture}");
    assert!(picture.ends_with("</svg>\n"));
    picture
}

fn histogram(rows: &[(&str, i64, i64)]) -> RecordBatch {
    let numbers = |of: fn(&(&str, i64, i64)) -> i64| {
        Arc::new(rows.iter().map(of).collect::<Int64Array>()) as ArrayRef
    };
    let disks = StringArray::from_iter_values(rows.iter().map(|row| row.0));
    RecordBatch::try_from_iter([
        ("disk", Arc::new(disks) as ArrayRef),
        ("unit", Arc::new(StringArray::from(vec!["usecs"; rows.len()]))),
        ("bucket", numbers(|row| row.1)),
        ("count", numbers(|row| row.2)),
    ])
    .unwrap()
}

fn answer(second: i64, batch: RecordBatch) -> Answer {
    Answer { block: second * SECOND..(second + 1) * SECOND, batches: vec![batch] }
}

#[test]
fn bars_have_a_panel_per_section() {
    let rows = [("vda", 0, 5), ("vda", 64, 20), ("v<b>", 128, 1)];
    let picture = draw(&[answer(5, histogram(&rows))], &Shape::Bars(Buckets::PowersOfTwo));
    for text in [">disk = vda<", ">disk = v&lt;b&gt;<", "64 to 127 usecs: 20", ">usecs<", ">count<"]
    {
        assert!(picture.contains(text), "no {text}: {picture}");
    }
}

#[test]
fn linear_buckets_are_values() {
    let answer = || answer(5, histogram(&[("vda", 0, 5), ("vda", 3, 20)]));
    for shape in [Shape::Bars(Buckets::Linear), Shape::HeatOfHistograms(Buckets::Linear)] {
        let picture = draw(&[answer()], &shape);
        assert!(picture.contains("usecs 3: 20") && picture.contains(">2<"), "{picture}");
    }
}

#[test]
fn intervals_become_columns() {
    let answers =
        [(5, 3), (6, 40)].map(|(second, count)| answer(second, histogram(&[("vda", 64, count)])));
    let picture = draw(&answers, &Shape::HeatOfHistograms(Buckets::PowersOfTwo));
    for text in ["0.000 s, 64 to 127 usecs: 3", "1.000 s, 64 to 127 usecs: 40", "seconds since"] {
        assert!(picture.contains(text), "no {text}: {picture}");
    }
}

#[test]
fn events_are_counted_by_time_and_latency() {
    let batch = RecordBatch::try_from_iter([
        ("time", Arc::new(Int64Array::from(vec![6 * SECOND, 6 * SECOND, 9 * SECOND])) as ArrayRef),
        ("lat_ms", Arc::new(Float64Array::from(vec![Some(1.0), Some(1.1), None]))),
    ])
    .unwrap();
    let chart = Chart::Heat { time: "time".into(), latency: "lat_ms".into() };
    let picture = draw(&[answer(5, batch)], &Shape::Table(&chart));
    assert!(picture.contains("1.000 s, 1.000 to 1.334 ms: 2"), "{picture}");
    assert!(picture.contains(">lat in ms<"));
}

#[test]
fn lines_break_where_a_value_is_missing() {
    let batch = RecordBatch::try_from_iter([
        ("time_s", Arc::new(Float64Array::from(vec![0.0, 1.0, 2.0, 3.0])) as ArrayRef),
        ("usr_pct", Arc::new(Int64Array::from(vec![Some(10), Some(20), None, Some(40)]))),
        ("cpu", Arc::new(StringArray::from(vec!["0"; 4]))),
    ])
    .unwrap();
    let alone = Chart::Lines { time: None, panels: Vec::new(), series: None };
    let picture = draw(&[answer(5, batch.clone())], &Shape::Table(&alone));
    // One of them belongs to the legend.
    assert_eq!(picture.matches("<polyline").count(), 2, "{picture}");
    assert_eq!(picture.matches("<circle").count(), 1, "{picture}");
    let by = Chart::Lines { time: None, panels: Vec::new(), series: Some("cpu".into()) };
    assert!(draw(&[answer(5, batch)], &Shape::Table(&by)).contains(">usr_pct by cpu<"));
}

#[test]
fn nothing_to_draw_is_a_picture() {
    let chart = Chart::Lines { time: None, panels: Vec::new(), series: None };
    let buckets = Buckets::Linear;
    for shape in [Shape::Bars(buckets), Shape::HeatOfHistograms(buckets), Shape::Table(&chart)] {
        assert!(draw(&[], &shape).contains("nothing in this window"));
    }
}
