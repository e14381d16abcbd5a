//! `afterwake report`: the file, what its data say, and the page in a browser.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use afterwake_tests::browser::{Browser, DOWN, ENTER, ESCAPE, RIGHT, SHIFT, TAB, UP};
use afterwake_tests::machine::generate::{self, Size};
use afterwake_tests::machine::recording::{self, Form};
use afterwake_tests::machine::{Machine, contract};
use afterwake_tests::program::{afterwake, number, view};
use serde_json::{Value, json};
use tempfile::TempDir;

const SIZE: Size = Size { cpus: 2, threads: 10, steps: 4000 };
/// A page of this recording is as large as that of half a minute of a real one.
const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/demo.wake");

/// A recording with rows in every table, and a place for pages.
struct Recorded {
    folder: TempDir,
}

impl Recorded {
    fn of(machine: &Machine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let form = Form { sample_every: Some(200_000), everyday: 200, ..Form::default() };
        recording::write(machine, contract::rows(machine), &folder.path().join("slow.wake"), form);
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("slow.wake")
    }

    fn page(&self, flags: &[&str]) -> PathBuf {
        let page = self.folder.path().join(format!("{}.html", flags.len()));
        write(&self.path(), &page, flags);
        page
    }
}

fn everything() -> Recorded {
    Recorded::of(&generate::machine(7, SIZE))
}

fn write(recording: &Path, page: &Path, flags: &[&str]) {
    let (recording, page) = (recording.to_string_lossy(), page.to_string_lossy());
    let answer = afterwake([&["report", &recording, "-o", &page], flags].concat()).good();
    assert!(answer.stdout.is_empty(), "{}", answer.stdout);
    assert!(answer.stderr.contains("wrote "), "{}", answer.stderr);
}

/// The data within a page.
fn data(page: &Path) -> Value {
    let text = fs::read_to_string(page).expect("a page");
    let (_, rest) = text.split_once("type=\"application/json\">").expect("the data");
    let (data, _) = rest.split_once("</script>").expect("their end");
    serde_json::from_str(data).expect("JSON")
}

/// Its figures by their names.
fn figures(page: &Path) -> BTreeMap<String, Value> {
    let data = data(page);
    let sections = data["sections"].as_array().expect("sections").clone();
    let figures =
        sections.iter().flat_map(|section| section["figures"].as_array().into_iter().flatten());
    figures
        .map(|figure| (figure["id"].as_str().unwrap_or_default().to_owned(), figure.clone()))
        .collect()
}

/// What the values of a stack view add up to.
fn sum(name: &str, recording: &Path, flags: &[&str]) -> i64 {
    view(name, recording, flags).iter().filter_map(|row| row["value"].as_i64()).sum()
}

#[test]
fn a_page_is_for_its_owner_and_replaces_nothing() {
    let recorded = everything();
    let page = recorded.page(&[]);
    assert_eq!(page.metadata().expect("a page").permissions().mode() & 0o777, 0o600);
    let before = fs::read(&page).expect("a page");
    let (from, to) = (recorded.path(), page.clone());
    let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
    let answer = afterwake(["report", &from, "-o", &to]).bad(1);
    assert!(answer.stderr.contains("exists"), "{}", answer.stderr);
    assert_eq!(fs::read(&page).expect("a page"), before);
    let again = recorded.folder.path().join("again.html");
    write(&recorded.path(), &again, &[]);
    assert!(fs::read(&again).expect("a page") == before, "equal recordings give equal pages");
    let names: Vec<_> = fs::read_dir(recorded.folder.path()).expect("a folder").flatten().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let other = recorded.folder.path().join("other.html").to_string_lossy().into_owned();
    afterwake(["report", &from]).bad(2);
    afterwake(["report", &from, "-o", &other, "--views", "offcputim"]).bad(2);
    afterwake(["report", &from, "-o", &other, "--from", "2s", "--to", "1s"]).bad(2);
    afterwake(["report", &from, "-o", "/dev/null/x.html"]).bad(1);
    assert!(!Path::new(&other).exists());
}

#[test]
fn a_page_needs_nothing_else() {
    let recorded = everything();
    let text = fs::read_to_string(recorded.page(&[])).expect("a page");
    assert!(text.len() < 1_000_000, "{} bytes", text.len());
    for word in ["http://", "https://", "url(", "@import", "src=", "fetch(", "innerHTML", "unsafe-"]
    {
        let allowed = ["http://www.w3.org/2000/svg", "url(#stripes)"];
        let rest = allowed.iter().fold(text.clone(), |text, known| text.replace(known, ""));
        assert!(!rest.contains(word), "{word} in the page");
    }
    assert!(text.contains("default-src 'none'"));
}

#[test]
fn the_states_of_a_thread_are_its_span() {
    let recorded = everything();
    let figures = figures(&recorded.page(&[]));
    let states = &figures["threadstates"]["data"];
    let sum = |sums: &Value| -> i64 {
        sums.as_array().expect("sums").iter().filter_map(Value::as_i64).sum()
    };
    let rows = view("threadstates", &recorded.path(), &["--threads", "--nanoseconds"]);
    let bars = states["bars"].as_array().expect("bars");
    assert_eq!(
        bars.len() as i64 + states["rest"][0].as_i64().expect("a number"),
        rows.len() as i64
    );
    for (bar, row) in bars.iter().zip(&rows) {
        let span = row["span_s"].as_f64().expect("a span") * 1e9;
        assert!((sum(&bar[3]) as f64 - span).abs() < 1.0, "{bar} {row}");
    }
    let parts: i64 = bars.iter().map(|bar| sum(&bar[3])).sum();
    assert_eq!(parts + sum(&states["rest"][1]), sum(&states["all"][1]));
}

#[test]
fn heat_maps_count_what_the_histograms_count() {
    let recorded = everything();
    let figures = figures(&recorded.page(&[]));
    let count = |id: &str| -> i64 {
        let data = &figures[id]["data"];
        ["count", "summed"].iter().filter_map(|name| data[name].as_i64()).sum()
    };
    let counted = |name: &str| -> i64 {
        view(name, &recorded.path(), &[]).iter().filter_map(|row| row["count"].as_i64()).sum()
    };
    for (id, name) in [("runqueue-heat", "runqlat"), ("disk-heat", "biolatency")] {
        assert!(
            count(id) > 100 && count(id) == counted(name),
            "{id}: {} {}",
            count(id),
            counted(name)
        );
    }
    let calls = number(
        &recorded.path(),
        "SELECT sum(count) FROM calls, recording WHERE ts > start_ts AND ts <= stop_ts AND duration_ns IS NOT NULL",
    );
    assert_eq!(count("calls-heat"), calls);
}

#[test]
fn what_was_not_recorded_says_how_to_record_it() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let page = folder.path().join("demo.html");
    write(Path::new(DEMO), &page, &[]);
    assert!(page.metadata().expect("a page").len() < 3_000_000);
    let figures = figures(&page);
    for (id, words) in [("disk-heat", "-e block_io"), ("calls-heat", "-e path,io,sock,misc")] {
        let missing = &figures[id]["missing"];
        assert!(missing[1].as_str().is_some_and(|hint| hint.contains(words)), "{id}: {missing}");
    }
    assert!(figures["profile"].get("missing").is_none());
    let command = &figures["offcputime"]["command"][0];
    assert_eq!(command, "afterwake offcputime demo.wake", "no folder of this machine");
}

#[test]
fn any_view_can_be_asked_for() {
    let recorded = everything();
    let views = "biotop,bitesize,criticalpath,checklist,vmstat,biosnoop,threadstates";
    let figures = figures(&recorded.page(&["--views", views]));
    let kind = |id: &str| figures[id]["kind"].as_str().unwrap_or_default().to_owned();
    assert_eq!(kind("biotop-view"), "table");
    assert_eq!(kind("bitesize-view"), "histogram");
    assert_eq!(kind("criticalpath-view"), "flame");
    assert_eq!(kind("checklist-bcc"), "text");
    assert_eq!(kind("threadstates"), "states");
    assert!(!figures.contains_key("profile"));
    let rows = figures["biosnoop-view"]["data"]["rows"].as_array().expect("rows").len();
    let hidden = figures["biosnoop-view"]["data"]["hidden"].as_u64().expect("a number");
    assert_eq!(rows as u64 + hidden, view("biosnoop", &recorded.path(), &[]).len() as u64);
    let part = recorded.page(&["--from", "10ms", "--to", "30ms"]);
    let length =
        data(&part)["to"].as_i64().expect("ns") - data(&part)["from"].as_i64().expect("ns");
    assert_eq!(length, 20_000_000);
}

/// The middle of the first element that a selector finds.
fn middle(browser: &Browser, selector: &str) -> (f64, f64) {
    let selector = json!(selector);
    let place = browser.run(&format!(
        "const element = document.querySelector({selector}); element.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
         const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]"
    ));
    (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"))
}

/// What the caption of a subsecond map says that its flame graph shows.
fn shown(browser: &Browser, id: &str) -> i64 {
    let value = browser.text(&format!("document.querySelector('#{id} .range').dataset.value"));
    value.parse::<f64>().expect("a number") as i64
}

/// The values of the command below a figure: `--from` and `--to`.
fn window(browser: &Browser, id: &str) -> Vec<String> {
    let command =
        browser.text(&format!("document.querySelector('#{id} .command code').textContent"));
    command.split_whitespace().skip_while(|word| *word != "--from").map(String::from).collect()
}

/// Where a cell of a map is in the window, by the parts of its width and height.
fn cell(browser: &Browser, id: &str, across: f64, up: f64) -> (f64, f64) {
    let place = browser.run(&format!(
        "const svg = document.querySelector('#{id} .map svg'); svg.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
         const box = svg.querySelector('.ground').getBoundingClientRect(); return [box.x, box.y, box.width, box.height]"
    ));
    let [x, y, width, height] = [0, 1, 2, 3].map(|index| place[index].as_f64().expect("a number"));
    (x + across * width, y + (1.0 - up) * height)
}

#[test]
fn the_page_works_in_a_browser() {
    let Some(browser) = Browser::start() else { return };
    let recorded = everything();
    let page = recorded.page(&[]);
    browser.open(&page);
    let drawn = browser.number("document.querySelectorAll('figure').length");
    assert_eq!(drawn as usize, figures(&page).len());
    assert_eq!(browser.number("document.querySelectorAll('figure.missing').length"), 0.0);
    zooming(&browser);
    searching(&browser, &recorded);
    selecting(&browser, &recorded);
    timeline(&browser);
    let requests = browser.requests();
    assert!(
        requests.iter().all(|url| url.starts_with("file://")) && requests.len() == 1,
        "{requests:?}"
    );
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert_eq!(browser.run("return performance.getEntriesByType('resource').length"), 0);
}

fn zooming(browser: &Browser) {
    let width = |selector: &str| {
        browser.number(&format!("document.querySelector(`#chaingraph-view {selector} rect`).getBoundingClientRect().width"))
    };
    let whole = width("g.frame[data-node='0']");
    let frame = "g.frame[aria-level='2']";
    let node = browser.text(&format!(
        "document.querySelector(`#chaingraph-view {frame}`).getAttribute('data-node')"
    ));
    let frame = format!("g.frame[data-node='{node}']");
    assert!(width(&frame) < whole * 0.9);
    browser.click(middle(browser, &format!("#chaingraph-view {frame} rect")));
    assert!((width(&frame) - whole).abs() < 1.0, "{} of {whole}", width(&frame));
    let hidden = browser
        .number("document.querySelectorAll('#chaingraph-view g.frame[aria-level=\"2\"]').length");
    assert_eq!(hidden, 1.0, "only what is zoomed is shown");
    let button = "document.querySelector('#chaingraph-view .tools button')";
    assert_eq!(browser.run(&format!("return {button}.disabled")), false);
    browser.click(middle(browser, "#chaingraph-view .tools button"));
    assert!(width(&frame) < whole * 0.9);
}

fn searching(browser: &Browser, recorded: &Recorded) {
    let rows = view("chaingraph", &recorded.path(), &[]);
    let matches = |row: &Value| {
        row["folded"]
            .as_str()
            .is_some_and(|folded| folded.split(';').any(|frame| frame == "t1" || frame == "t2"))
    };
    let value = |rows: &mut dyn Iterator<Item = &Value>| -> f64 {
        rows.filter_map(|row| row["value"].as_f64()).sum()
    };
    let share =
        100.0 * value(&mut rows.iter().filter(|row| matches(row))) / value(&mut rows.iter());
    browser.click(middle(browser, "#chaingraph-view input"));
    browser.write("^t[12]$");
    let said =
        browser.text("document.querySelector('#chaingraph-view .tools [role=status]').textContent");
    let (percent, _) = said.split_once(" %").expect("a share");
    let percent: f64 = percent.parse().expect("a number");
    assert!(share > 1.0 && (percent - share).abs() < 0.1, "{said}, not {share}");
    assert!(browser.number("document.querySelectorAll('#chaingraph-view g.found').length") >= 1.0);
    browser.write("(");
    let said =
        browser.text("document.querySelector('#chaingraph-view .tools [role=status]').textContent");
    assert_eq!(said, "not a regular expression");
    browser.run("const input = document.querySelector('#chaingraph-view input'); input.value = ''; input.dispatchEvent(new Event('input'))");
    assert_eq!(browser.number("document.querySelectorAll('#chaingraph-view g.found').length"), 0.0);
}

fn selecting(browser: &Browser, recorded: &Recorded) {
    for id in ["profile", "offcputime"] {
        let whole = sum(id, &recorded.path(), &[]);
        // Microseconds are rounded per stack and slot.
        let slack = if id == "profile" { 0 } else { whole / 500 + 100 };
        let close = |one: i64, other: i64| (one - other).abs() <= slack;
        assert!(close(shown(browser, id), whole), "{} of {whole}", shown(browser, id));
        for (from, to) in
            [((0.15, 0.3), (0.55, 0.8)), ((0.7, 0.9), (0.3, 0.2)), ((0.4, 0.5), (0.4, 0.5))]
        {
            browser.drag(cell(browser, id, from.0, from.1), cell(browser, id, to.0, to.1));
            let window = window(browser, id);
            assert_eq!(window.len(), 4, "{window:?}");
            let flags: Vec<&str> = window.iter().map(String::as_str).collect();
            let expected = sum(id, &recorded.path(), &flags);
            assert!(expected < whole, "{window:?} is everything");
            assert!(
                close(shown(browser, id), expected),
                "{window:?}: {} of {expected}",
                shown(browser, id)
            );
            let drawn = browser.text(&format!(
                "document.querySelector('#{id} g.frame')?.getAttribute('aria-label') ?? 'all, 0'"
            ));
            if id == "profile" {
                assert!(
                    drawn.replace(',', "").starts_with(&format!("all {expected}")),
                    "{drawn}: {expected}"
                );
            }
        }
        browser.click(middle(browser, &format!("#{id} .range ~ button")));
        assert!(close(shown(browser, id), whole) && window(browser, id).is_empty());
    }
}

fn timeline(browser: &Browser) {
    let command = || browser.text("document.querySelector('#timeline .command code').textContent");
    let before = command();
    browser.click(middle(browser, "#timeline button[aria-label='Zoom in']"));
    assert!(
        command().contains(" --from ") && command().ends_with(" -o closer.html"),
        "{}",
        command()
    );
    browser.run("document.querySelector('#timeline svg').focus()");
    browser.press(&[RIGHT, RIGHT, DOWN]);
    let said = browser.text("document.querySelector('#timeline .said').textContent");
    assert!(said.starts_with("CPU 1, "), "{said}");
    browser.press(&[ESCAPE]);
    assert_eq!(command(), before);
}

#[test]
fn the_keyboard_is_enough() {
    let Some(browser) = Browser::start() else { return };
    let recorded = everything();
    browser.open(&recorded.page(&[]));
    browser.press(&[TAB]);
    assert_eq!(browser.text("document.activeElement.className"), "skip");
    let mut seen = Vec::new();
    for _ in 0..400 {
        browser.press(&[TAB]);
        let place = browser.text(
            "(document.activeElement.closest('figure')?.id ?? '') + ' ' + document.activeElement.tagName.toLowerCase()",
        );
        if place.starts_with("timeline svg") || place.starts_with(" body") && seen.len() > 50 {
            break;
        }
        let ring = browser.text("getComputedStyle(document.activeElement).outlineStyle");
        assert_ne!(ring, "none", "{place} shows no focus");
        seen.push(place);
    }
    assert!(seen.iter().any(|place| place == "recording button"), "{seen:?}");
    browser.run("document.querySelector('#profile .map svg').focus()");
    browser.press(&[RIGHT, RIGHT, UP, UP, ENTER, RIGHT, ENTER]);
    let window = window(&browser, "profile");
    let flags: Vec<&str> = window.iter().map(String::as_str).collect();
    assert_eq!(flags.len(), 4, "{window:?}");
    assert_eq!(shown(&browser, "profile"), sum("profile", &recorded.path(), &flags));
    browser.press(&[ESCAPE]);
    assert_eq!(shown(&browser, "profile"), sum("profile", &recorded.path(), &[]));
    browser.press_with(SHIFT, RIGHT);
    assert!(shown(&browser, "profile") < sum("profile", &recorded.path(), &[]));
    browser.press(&[ESCAPE]);
    browser.run("document.querySelector('#wakeuptime-view .flame svg').focus()");
    browser.press(&[UP, UP, ENTER]);
    let cursor = "document.querySelector('#wakeuptime-view g.cursor')";
    assert_eq!(browser.text(&format!("{cursor}.getAttribute('aria-level')")), "3");
    let width = format!("{cursor}.querySelector('rect').getBoundingClientRect().width");
    let whole = "document.querySelector('#wakeuptime-view svg').getBoundingClientRect().width";
    assert!((browser.number(&width) - browser.number(whole)).abs() < 1.5);
    browser.press(&[ESCAPE]);
    assert_eq!(
        browser.run("return document.querySelector('#wakeuptime-view .tools button').disabled"),
        true
    );
    browser.write("/");
    assert_eq!(browser.text("document.activeElement.type"), "search");
    assert!(browser.complaints().is_empty());
}

const HOSTILE: [&str; 9] = [
    "<script>window.hacked=1</script>",
    "</script><img src=x onerror=hacked=1>",
    "\u{1b}[31mred",
    "a\nb",
    "\u{202e}txt.exe",
    "\u{2028}{{script}}",
    "__proto__",
    "<!--<script>",
    // What every object of the script has.
    "toString",
];

#[test]
fn names_are_only_text() {
    let Some(browser) = Browser::start() else { return };
    let mut machine = generate::machine(7, SIZE);
    for (task, name) in machine.threads.iter_mut().zip(HOSTILE.into_iter().cycle()) {
        task.name = name.into();
    }
    let recorded = Recorded::of(&machine);
    let page = recorded.page(&[]);
    browser.open(&page);
    assert_eq!(browser.run("return typeof window.hacked"), "undefined");
    assert_eq!(browser.number("document.querySelectorAll('script').length"), 2.0);
    assert_eq!(
        browser.number("document.querySelectorAll('img, iframe, object, link, base').length"),
        0.0
    );
    let text = browser.text("document.querySelector('main').textContent");
    for name in [
        "<script>window.hacked=1</script>",
        "\\x1b[31mred",
        "a\\nb",
        "\\u{202e}txt.exe",
        "__proto__",
    ] {
        assert!(text.contains(name), "{name} is not shown");
    }
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2028}']));
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert_eq!(browser.requests().len(), 1);
}

#[test]
fn light_dark_and_paper() {
    let Some(browser) = Browser::start() else { return };
    let recorded = everything();
    browser.open(&recorded.page(&[]));
    let ground = || browser.text("getComputedStyle(document.body).backgroundColor");
    let dark = |scheme: &str| {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.tool("Emulation.setEmulatedMedia", &features);
        ground()
    };
    let (light, dark) = (dark("light"), dark("dark"));
    assert_ne!(light, dark);
    // Auto, light, dark.
    browser.click(middle(&browser, "button.theme"));
    assert_eq!(ground(), light);
    browser.click(middle(&browser, "button.theme"));
    assert_eq!(ground(), dark);
    let pdf = browser.tool("Page.printToPDF", &json!({ "printBackground": true }));
    assert!(pdf["data"].as_str().is_some_and(|pdf| pdf.len() > 50_000));
    browser.tool(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": false }),
    );
    browser.run_later("setTimeout(done, 300)");
    assert!(
        browser.number("document.documentElement.scrollWidth") <= 380.0,
        "a narrow window scrolls sideways"
    );
    assert!(browser.complaints().is_empty());
}
