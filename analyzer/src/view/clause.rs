//! The values of single header keys.

use afterwake_schema::streams;

use super::{
    Buckets, Chart, Column, Condition, Extent, List, Parameter, Part, Positional, Render,
    Requirement, Type, nearest,
};

type Read<T> = Result<T, String>;

/// Splits `declaration -- help`.
fn with_help(value: &str) -> Read<(&str, &str)> {
    let (declaration, help) = value.split_once(" -- ").ok_or("expected `… -- what it means`")?;
    Ok((declaration.trim(), help.trim()))
}

pub fn streams(value: &str) -> Read<Vec<String>> {
    let names = value.split([' ', ',']).filter(|name| !name.is_empty());
    names
        .map(|name| {
            if streams::is_stream(name) {
                return Ok(name.to_owned());
            }
            let summed = streams::SUMMED.iter().map(|(name, _)| *name);
            let near = nearest(name, streams::ALL.iter().map(|stream| stream.name).chain(summed));
            let near = near.map_or(String::new(), |near| format!(", did you mean {near}?"));
            Err(format!("there is no stream {name}{near}"))
        })
        .collect()
}

pub fn requirement(value: &str) -> Read<Requirement> {
    let (place, sentence) = with_help(value)?;
    let (table, column) = place.split_once('.').ok_or("expected `table.column -- sentence`")?;
    let stream = streams::by_name(table).ok_or_else(|| format!("there is no stream {table}"))?;
    if !stream.columns().iter().any(|known| known.name == column) {
        return Err(format!("{table} has no column {column}"));
    }
    Ok(Requirement { table: table.into(), column: column.into(), sentence: sentence.into() })
}

pub fn flag(value: &str) -> Read<Parameter> {
    let (declaration, help) = with_help(value)?;
    let mut parameter = Parameter { help: help.into(), ..Parameter::default() };
    let mut words = Vec::new();
    for word in declaration.split_whitespace() {
        let name = word.trim_end_matches(',');
        let mut letters = name.chars().skip(1);
        if let Some(long) = name.strip_prefix("--") {
            parameter.long = Some(long.into());
        } else if name.starts_with('-') {
            parameter.short = letters.next();
            if letters.next().is_some() {
                return Err(format!("{name} has one dash, so it is one letter"));
            }
        } else {
            words.push(word);
        }
    }
    if parameter.short.is_none() && parameter.long.is_none() {
        return Err("a flag has a name, such as `-p, --pid`".into());
    }
    match words[..] {
        [] => {}
        [metavar, kind] => {
            parameter.metavar = metavar.into();
            parameter.kind = Type::named(kind)?;
        }
        _ => return Err("a flag with a value is written `-p, --pid PID INT -- …`".into()),
    }
    parameter.default = default(parameter.kind, help)?;
    Ok(parameter)
}

pub fn positional(value: &str) -> Read<Positional> {
    let (declaration, text) = with_help(value)?;
    let help = text.to_owned();
    match declaration.split_whitespace().collect::<Vec<_>>()[..] {
        ["INTERVAL", "COUNT"] => Ok(Positional::Interval { help }),
        ["DURATION"] => Ok(Positional::Duration { help }),
        [metavar, kind] => {
            let kind = Type::named(kind)?;
            let default = default(kind, text)?;
            let metavar = metavar.into();
            Ok(Positional::Value(Parameter {
                metavar,
                kind,
                help,
                default,
                ..Parameter::default()
            }))
        }
        _ => Err("expected `INTERVAL COUNT`, `DURATION` or `METAVAR TYPE`".into()),
    }
}

/// `name ["heading"] [condition] -- meaning`.
pub fn column(value: &str) -> Read<Column> {
    let (declaration, meaning) = with_help(value)?;
    let (name, rest) = declaration.split_once(' ').unwrap_or((declaration, ""));
    let (heading, rest) = match rest.trim().strip_prefix('"') {
        Some(rest) => {
            let (heading, rest) = rest.split_once('"').ok_or("a heading ends in a quote")?;
            (Some(heading.into()), rest)
        }
        None => (None, rest),
    };
    Ok(Column { name: name.into(), heading, meaning: meaning.into(), shown: condition(rest)? })
}

/// `table [condition]`.
pub fn render(value: &str) -> Read<(Render, Condition)> {
    let (kind, rest) = value.split_at(value.find('[').unwrap_or(value.len()));
    let render = match kind.trim() {
        "table" => Render::Table,
        "histogram" => Render::Histogram(Buckets::PowersOfTwo),
        "histogram linear" => Render::Histogram(Buckets::Linear),
        "stacks" => Render::Stacks,
        "parts" => Render::Parts,
        _ => return Err(format!("render is table, histogram, stacks or parts, not {kind}")),
    };
    Ok((render, condition(rest)?))
}

/// `[--flag]`, `[not --flag]` or `[--one not --other]`; nothing always holds.
pub fn condition(text: &str) -> Read<Condition> {
    const FORM: &str = "a condition is written `[--flag]` or `[not --flag]`";
    let text = text.trim();
    if text.is_empty() {
        return Ok(Condition::default());
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(FORM)?;
    let mut flags = Vec::new();
    let mut wanted = true;
    for word in inner.split_whitespace() {
        if word == "not" {
            wanted = false;
        } else {
            let flag = word.strip_prefix('-').ok_or(FORM)?;
            flags.push((flag.trim_start_matches('-').replace('-', "_"), wanted));
            wanted = true;
        }
    }
    Ok(Condition(flags))
}

/// `time [TIME [VALUE …, VALUE …] [by NAME]]` or `heatmap TIME LATENCY`.
pub fn chart(value: &str) -> Read<Chart> {
    let (kind, rest) = value.split_once(' ').unwrap_or((value, ""));
    let names = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    match kind {
        "time" => {
            let (values, series) = match rest.split_once(" by ") {
                Some((values, series)) => (values, Some(series.trim().to_owned())),
                None => (rest, None),
            };
            let (time, values) = values.trim().split_once(' ').unwrap_or((values.trim(), ""));
            let panels = values.split(',').map(names).filter(|panel| !panel.is_empty());
            let time = Some(time.to_owned()).filter(|time| !["", "interval"].contains(&&**time));
            Ok(Chart::Lines { time, panels: panels.collect(), series })
        }
        "heatmap" => match &names(rest)[..] {
            [time, latency] => Ok(Chart::Heat { time: time.clone(), latency: latency.clone() }),
            _ => Err("expected `heatmap TIME LATENCY`, two columns".into()),
        },
        _ => Err(format!("a chart is a time or a heatmap, not a {kind}")),
    }
}

/// `NAME -- what the list is for`.
pub fn list(value: &str) -> Read<List> {
    let (name, help) = with_help(value)?;
    Ok(List { name: name.into(), help: help.into(), parts: Vec::new() })
}

/// `first|last LINES VIEW[|VIEW] [FLAGS] -- heading`.
pub fn part(value: &str) -> Read<Part> {
    const FORM: &str = "expected `first 10 VIEW [FLAGS] -- heading`";
    let (declaration, heading) = with_help(value)?;
    let mut words = declaration.split_whitespace();
    let extent = match (words.next(), words.next().and_then(|lines| lines.parse().ok())) {
        (Some("first"), Some(lines)) => Extent::First(lines),
        (Some("last"), Some(lines)) => Extent::Last(lines),
        _ => return Err(FORM.into()),
    };
    let views = words.next().ok_or(FORM)?.split('|').map(String::from).collect();
    Ok(Part { views, flags: words.map(String::from).collect(), extent, heading: heading.into() })
}

/// The X of a help text that ends in `(default X)`.
fn default(kind: Type, help: &str) -> Read<Option<String>> {
    let end = help.trim_end_matches('.');
    let Some((_, value)) = end.strip_suffix(')').and_then(|text| text.rsplit_once("(default "))
    else {
        return Ok(None);
    };
    kind.literal(Some(value))?;
    Ok(Some(value.into()))
}
