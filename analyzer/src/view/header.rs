//! Reads the comment header of a view file.

use anyhow::Result;

use super::{Chart, Measure, Parameter, Positional, Render, View, clause, compare, tokens};
use crate::failure::Failure;

/// The view in `text`; errors name `file` and the line.
pub fn parse(name: &str, file: &str, text: &str) -> Result<View> {
    let mut view = View { name: name.into(), file: file.into(), ..View::default() };
    let lines: Vec<&str> = text.lines().take_while(|line| line.starts_with("--")).collect();
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim_start_matches("--").trim();
        let read = match (index, key(line)) {
            (0, _) => first(&mut view, line),
            (_, Some((key, value))) => declare(&mut view, key, value),
            (_, None) => {
                describe(&mut view, line);
                Ok(())
            }
        };
        read.map_err(|problem| at(file, index + 1, &problem))?;
    }
    view.description = view.description.trim().into();
    view.sql = text.lines().skip(lines.len()).collect::<Vec<_>>().join("\n");
    complete(&view, lines.len() + 1)?;
    Ok(view)
}

/// The first line of a file's header, read alone: it is all that a list of views needs.
pub fn help(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("--").trim().trim_end_matches('.')
}

fn at(file: &str, line: usize, problem: &str) -> anyhow::Error {
    Failure::new(format!("{file}:{line}: {problem}"))
        .hint("CONTRIBUTING.md says how the header of a view is written")
        .into()
}

fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_word && (value.is_empty() || value.starts_with(' '))).then(|| (key, value.trim()))
}

fn first(view: &mut View, line: &str) -> Result<(), String> {
    view.help =
        line.strip_suffix('.').ok_or("the first line is the help and ends in a full stop")?.into();
    Ok(())
}

fn describe(view: &mut View, line: &str) {
    let text = &mut view.description;
    if line.is_empty() {
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push_str("\n\n");
        }
    } else {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(line);
    }
}

fn declare(view: &mut View, key: &str, value: &str) -> Result<(), String> {
    match key {
        "group" => view.group = value.into(),
        "needs" => view.needs.extend(clause::streams(value)?),
        "requires" => view.requires.push(clause::requirement(value)?),
        "flag" => view.flags.push(clause::flag(value)?),
        "arg" => view.positionals.push(clause::positional(value)?),
        "column" => view.columns.push(clause::column(value)?),
        "render" => view.renders.push(clause::render(value)?),
        "chart" => view.chart = Some(clause::chart(value)?),
        "compare" => view.compares.push(compare::parse(value)?),
        "list" => view.lists.push(clause::list(value)?),
        "part" => {
            let list = view.lists.last_mut().ok_or("a part belongs to a list, which is missing")?;
            list.parts.push(clause::part(value)?);
        }
        "unit" => view.unit = value.into(),
        "palette" => view.palette = value.into(),
        _ => return Err(format!("unknown key {key}")),
    }
    Ok(())
}

/// What no single line can tell: that the SQL uses only declared parameters, and every flag differs.
fn complete(view: &View, first_line: usize) -> Result<()> {
    if view.help.is_empty() {
        return Err(at(&view.file, 1, "there is no header"));
    }
    let reserved = ["from", "to", "format", "show-sql", "help", "svg", "views", "h", "V"];
    let mut names: Vec<String> = reserved.map(String::from).into();
    if view.is(Render::Stacks) {
        names.extend(["folded", "f"].map(String::from));
    }
    for flag in &view.flags {
        let short = flag.short.map(String::from);
        for name in flag.long.iter().cloned().chain(short) {
            if names.contains(&name) {
                return Err(at(&view.file, 1, &format!("the flag {name} exists already")));
            }
            names.push(name);
        }
    }
    parameters_differ(view)?;
    let known = view.parameters();
    for (name, line) in tokens::parameters(&view.sql) {
        if !known.contains(&name) {
            let problem = format!("${name} is not declared");
            return Err(at(&view.file, first_line + line, &problem));
        }
    }
    for column in view.chart.iter().flat_map(Chart::columns) {
        if view.columns.iter().all(|known| known.name != *column) {
            let problem = format!("the chart names {column}, which is no column");
            return Err(at(&view.file, 1, &problem));
        }
    }
    for (compare, _) in &view.compares {
        let mut columns = compare.measures.iter().flat_map(Measure::columns).chain(&compare.keys);
        if let Some(column) = columns.find(|name| view.columns.iter().all(|one| one.name != **name))
        {
            let problem = format!("compare names {column}, which is no column");
            return Err(at(&view.file, 1, &problem));
        }
        if let Some(flag) = compare.with.iter().find(|flag| !known.contains(flag)) {
            return Err(at(&view.file, 1, &format!("compare names {flag}, which is no flag")));
        }
    }
    if view.is(Render::Parts) == view.lists.is_empty() {
        return Err(at(&view.file, 1, "`render: parts` and lists of parts go together"));
    }
    let is_fixed = |render: &Render| matches!(render, Render::Stacks | Render::Parts);
    if view.renders.len() > 1 && view.renders.iter().any(|(render, _)| is_fixed(render)) {
        return Err(at(&view.file, 1, "stacks and parts are the only render of a view"));
    }
    let columns = view.columns.iter().map(|column| (column.name.as_str(), &column.shown));
    let renders = view.renders.iter().map(|(_, when)| ("render", when));
    let compares = view.compares.iter().map(|(_, when)| ("compare", when));
    for (name, when) in columns.chain(renders).chain(compares) {
        if let Some((flag, _)) = when.0.iter().find(|(flag, _)| !known.contains(flag)) {
            let problem = format!("{name} depends on {flag}, which is no flag");
            return Err(at(&view.file, 1, &problem));
        }
    }
    Ok(())
}

/// The command line and the SQL know an argument by one name, whatever it is called in the header.
fn parameters_differ(view: &View) -> Result<()> {
    let taken = ["from", "to", "start", "stop", "format", "svg", "folded", "drawn", "help"];
    let mut names: Vec<String> = taken.map(String::from).into();
    let mut own = Vec::new();
    for positional in &view.positionals {
        match positional {
            Positional::Interval { .. } => own.push("INTERVAL".into()),
            Positional::Duration { .. } => own.push("DURATION".into()),
            Positional::Value(parameter) => own.push(parameter.name()),
        }
    }
    own.extend(view.flags.iter().map(Parameter::name));
    for name in own {
        let problem = if names.contains(&name) {
            "exists already"
        } else if !is_word(&name) && !["INTERVAL", "DURATION"].contains(&name.as_str()) {
            "is no word in small letters"
        } else {
            names.push(name);
            continue;
        };
        return Err(at(&view.file, 1, &format!("the parameter {name} {problem}")));
    }
    Ok(())
}

/// What `$` can stand before; one letter may be a capital, as those of flags are.
fn is_word(name: &str) -> bool {
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match name.as_bytes() {
        [letter] => letter.is_ascii_alphanumeric(),
        [first, ..] => first.is_ascii_lowercase() && name.bytes().all(is_small),
        [] => false,
    }
}

impl Chart {
    /// The columns it is drawn from, as far as it names them.
    fn columns(&self) -> Vec<&String> {
        match self {
            Self::Heat { time, latency } => vec![time, latency],
            Self::Lines { time, panels, series } => {
                time.iter().chain(panels.iter().flatten()).chain(series).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Buckets, Condition, Type};
    use super::*;

    const TEXT: &str = "\
-- Waits for a CPU.
--
-- How long threads waited,
-- per power of two.
--
-- Note: idle does not count.
--
-- group: sched
-- needs: wait lost
-- requires: sample.cycles -- No counters.
-- flag: -m, --milliseconds -- Use milliseconds.
-- flag: -p, --pid PID INT -- Only this process.
-- flag: --min-us US DURATION -- Only longer ones (default 10us).
-- arg: INTERVAL COUNT -- Print every INTERVAL seconds, COUNT times.
-- column: pid [--pid] -- Process.
-- column: count \"TOTAL count\" [not --milliseconds --pid] -- Waits.
-- render: histogram linear [--pid]
SELECT pid, count(*) FROM wait
WHERE pid = $pid AND $min_us < 3 AND $from < $to AND NOT $milliseconds";

    #[test]
    fn a_whole_header_is_read() {
        let view = parse("runqlat", "runqlat.sql", TEXT).unwrap();
        assert_eq!(view.help, "Waits for a CPU");
        assert_eq!(
            view.description,
            "How long threads waited, per power of two.\n\nNote: idle does not count."
        );
        assert_eq!((view.group.as_str(), view.render(|_| false)), ("sched", Render::Table));
        assert_eq!(view.render(|flag| flag == "pid"), Render::Histogram(Buckets::Linear));
        assert_eq!(view.needs, ["wait", "lost"]);
        assert_eq!(view.requires[0].column, "cycles");
        assert_eq!(view.flags[0].kind, Type::Switch);
        assert_eq!((view.flags[1].short, view.flags[1].kind), (Some('p'), Type::Int));
        assert_eq!(view.flags[2].default.as_deref(), Some("10us"));
        assert!(matches!(view.positionals[0], Positional::Interval { .. }));
        assert_eq!(view.columns[0].shown, Condition(vec![("pid".into(), true)]));
        let count = &view.columns[1];
        assert_eq!(count.heading.as_deref(), Some("TOTAL count"));
        assert!(count.shown.holds(|flag| flag == "pid") && !count.shown.holds(|_| true));
        assert!(view.sql.starts_with("SELECT"));
    }

    #[test]
    fn charts_and_parts_are_read() {
        let chart = |line: &str| {
            let columns = "-- column: time -- T.\n-- column: a -- A.\n-- column: b -- B.\n";
            parse("x", "x.sql", &format!("-- Help.\n{columns}-- chart: {line}\nSELECT 1"))
                .map(|view| view.chart.unwrap())
        };
        let text = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let lines = |panels, series| Chart::Lines { time: Some("time".into()), panels, series };
        assert_eq!(chart("time time a, b").unwrap(), lines(vec![text(&["a"]), text(&["b"])], None));
        let by = lines(vec![text(&["a"])], Some("b".into()));
        assert_eq!(chart("time time a by b").unwrap(), by);
        let bare = Chart::Lines { time: None, panels: Vec::new(), series: None };
        assert_eq!(chart("time").unwrap(), bare);
        let heat = Chart::Heat { time: "time".into(), latency: "b".into() };
        assert_eq!(chart("heatmap time b").unwrap(), heat);
        assert!(chart("heatmap time c").is_err() && chart("pie a").is_err());
        let list = "-- Help.\n-- list: bcc -- Eleven.\n-- part: last 5 runqlat -m -- runqlat\n-- render: parts\n";
        let view = parse("x", "x.sql", list).unwrap();
        let part = &view.lists[0].parts[0];
        assert_eq!(
            (&part.views, part.extent),
            (&text(&["runqlat"]), super::super::Extent::Last(5))
        );
        assert_eq!(part.flags, ["-m"]);
        assert!(
            problem("-- Help.\n-- part: last 5 x -- y\nSELECT 1").contains("belongs to a list")
        );
    }

    fn problem(text: &str) -> String {
        parse("x", "x.sql", text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(problem("-- Help.\n--\n-- grup: sched\nSELECT 1"), "x.sql:3: unknown key grup");
        assert_eq!(
            problem("-- Help.\n-- group: g\nSELECT 1,\n$pid"),
            "x.sql:4: $pid is not declared"
        );
        assert!(problem("-- Help\nSELECT 1").contains("x.sql:1: the first line"));
        assert!(problem("SELECT 1").contains("there is no header"));
        assert!(
            problem("-- Help.\n-- needs: wiat\nSELECT 1")
                .contains("x.sql:2: there is no stream wiat")
        );
        assert!(
            problem("-- Help.\n-- render: histogram [--dist]\nSELECT 1")
                .contains("which is no flag")
        );
        let compare = |line: &str| {
            problem(&format!("-- Help.\n-- column: a -- A.\n-- compare: {line}\nSELECT 1"))
        };
        assert!(compare("sum b").contains("compare names b, which is no column"));
        assert!(compare("sum a with b").contains("compare names b, which is no flag"));
        assert!(compare("most a").contains("x.sql:3: expected rows, sum"));
        assert!(
            problem("-- Help.\n-- flag: --from X INT -- No.\nSELECT 1").contains("exists already")
        );
        for twice in [
            "flag: --COUNT X INT -- No.\n-- arg: INTERVAL COUNT",
            "flag: --a-b -- No.\n-- flag: --a_b",
        ] {
            assert!(
                problem(&format!("-- Help.\n-- {twice} -- No.\nSELECT 1")).contains("parameter")
            );
        }
        assert!(
            problem("-- Help.\n-- flag: -p PID NUMBER -- No.\nSELECT 1")
                .contains("x.sql:2: NUMBER")
        );
    }
}
