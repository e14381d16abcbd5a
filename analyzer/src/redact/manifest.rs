//! `recording.json` with its names replaced. Every field is named here: a new one must be thought of.

use afterwake_schema::recording::{
    Cut, FORMAT, Host, LeftOut, Manifest, Options, Redacted, StreamState,
};
use afterwake_schema::streams::is_stream;

use super::policy::{ArgumentFate, Fate};
use super::pseudonym::Pseudonyms;
use super::public;
use super::tally::Tally;

/// The table that its values are counted under.
const TABLE: &str = "recording.json";

/// Profiles of the recorder.
const PROFILES: [&str; 7] = ["default", "sched", "cpu", "disk", "files", "calls", "all"];
/// Options of the recorder; everything before `--` is an option or the value of one.
const OPTIONS: [&str; 15] = [
    "--output",
    "--for",
    "--streams",
    "--profile",
    "--min",
    "--frequency",
    "--stack-min",
    "--no-args",
    "--no-paths",
    "--max-size",
    "--quiet",
    "--check",
    "--list",
    "--help",
    "--version",
];
/// Units of the times and sizes that the recorder takes.
const UNITS: [&str; 20] = [
    "", "ns", "us", "ms", "s", "m", "min", "h", "B", "k", "K", "M", "G", "kB", "KB", "MB", "GB",
    "KiB", "MiB", "GiB",
];

/// Replaces the names, and says that it was done.
pub fn redact(manifest: Manifest, names: &Pseudonyms, tally: Tally) -> Manifest {
    let mut texts = Texts { names, tally };
    let Manifest {
        format: _,
        uuid,
        tool,
        command,
        host,
        clock,
        options,
        streams,
        status,
        rows,
        cut,
        left_out,
        redacted,
    } = manifest;
    let mut manifest = Manifest {
        format: FORMAT,
        uuid: texts.uuid(uuid),
        tool: texts.word("remarks", tool, is_tool),
        command: texts.command(command),
        host: texts.host(host),
        clock,
        options: texts.options(options),
        streams: streams.into_iter().map(|state| texts.state(state)).collect(),
        status,
        // Counted anew.
        rows: rows.into_iter().filter(|(table, _)| is_stream(table)).collect(),
        cut: cut.map(|cut| texts.cut(cut)),
        left_out: left_out.into_iter().map(|part| texts.left_out(part)).collect(),
        redacted: None,
    };
    let before = redacted.unwrap_or_default();
    manifest.redacted = Some(Redacted {
        times: before.times.saturating_add(1),
        policy: names.policy.fates(),
        replaced: texts.tally.0,
        damaged: before.damaged.into_iter().filter(|(table, _)| is_stream(table)).collect(),
    });
    manifest
}

/// `afterwake-record 0.1.0`.
fn is_tool(tool: &str) -> bool {
    let version = tool.strip_prefix("afterwake-record ").unwrap_or_default();
    version.split('.').count() == 3
        && version
            .split('.')
            .all(|part| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `30s`, `1.5ms`, `2GiB`, `99`.
fn is_quantity(word: &str) -> bool {
    let unit = word.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let number = &word[..word.len() - unit.len()];
    number.len() <= 8 && number.parse::<f64>().is_ok() && UNITS.contains(&unit)
}

struct Texts<'a> {
    names: &'a Pseudonyms,
    tally: Tally,
}

impl Texts<'_> {
    fn replace(&mut self, class: &str, text: String, pseudonym: Option<String>) -> String {
        let Some(pseudonym) = pseudonym else { return text };
        self.tally.add(class, TABLE, 1);
        pseudonym
    }

    fn word(&mut self, class: &str, text: String, is_known: fn(&str) -> bool) -> String {
        let pseudonym = self.names.word("word", &text).filter(|_| !is_known(&text));
        self.replace(class, text, pseudonym)
    }

    /// A name of the host, unless the policy keeps those.
    fn of_host(
        &mut self,
        text: String,
        pseudonym: impl FnOnce(&Pseudonyms, &str) -> Option<String>,
    ) -> String {
        let keeps = self.names.policy.host == Fate::Keep;
        let pseudonym = if keeps { None } else { pseudonym(self.names, &text) };
        self.replace("host", text, pseudonym)
    }

    fn uuid(&mut self, uuid: String) -> String {
        self.of_host(uuid, |names, uuid| {
            let digits = (!uuid.is_empty()).then(|| names.key.digits("uuid", uuid, 32))?;
            let part = |from: usize, to: usize| &digits[from..to];
            // Version 8 of RFC 9562, whose content is free.
            Some(format!(
                "{}-{}-8{}-8{}-{}",
                part(0, 8),
                part(8, 12),
                part(13, 16),
                part(17, 20),
                part(20, 32)
            ))
        })
    }

    fn host(&mut self, host: Host) -> Host {
        let Host { name, kernel, machine, cpus, memory_bytes, os } = host;
        let words =
            |names: &Pseudonyms, text: &str| names.words("word", text, public::distribution);
        Host {
            name: self.of_host(name, |names, name| names.word("host", name)),
            kernel: self.of_host(kernel, words),
            machine: self.of_host(machine, |names, name| {
                names.word("word", name).filter(|_| !public::machine(name))
            }),
            cpus,
            memory_bytes,
            os: self.of_host(os, words),
        }
    }

    /// The recorder's options stay, their values are arguments; behind `--` stands the command that was recorded.
    fn command(&mut self, command: Vec<String>) -> Vec<String> {
        let end = command.iter().position(|word| word == "--").unwrap_or(command.len());
        let (own, recorded) = command.split_at(end);
        let (program, own) = own.split_at(own.len().min(1));
        let program = self.arguments(program);
        let own: Vec<_> = own.iter().filter_map(|word| self.option(word)).collect();
        let mut all = [program, own].concat();
        if let [dashes, recorded @ ..] = recorded {
            all.push(dashes.clone());
            all.extend(self.arguments(recorded));
        }
        all
    }

    fn arguments(&mut self, words: &[String]) -> Vec<String> {
        let replaced = self.names.arguments(words.iter().map(String::as_str));
        let pairs = words.iter().zip(replaced);
        pairs.map(|(word, replaced)| self.replace("arguments", word.clone(), replaced)).collect()
    }

    fn option(&mut self, word: &str) -> Option<String> {
        let fate = self.names.policy.arguments;
        let is_known = OPTIONS.contains(&word) || PROFILES.contains(&word) || is_stream(word);
        if fate == ArgumentFate::Keep || is_known || is_quantity(word) {
            return Some(word.to_owned());
        }
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if OPTIONS.contains(&option) => (option, value),
            _ => ("", word),
        };
        if option.is_empty() && fate == ArgumentFate::Drop {
            self.tally.add("arguments", TABLE, 1);
            return None;
        }
        let pseudonym = self.names.argument(value);
        let value = self.replace("arguments", value.to_owned(), pseudonym);
        Some(if option.is_empty() { value } else { format!("{option}={value}") })
    }

    fn options(&mut self, options: Options) -> Options {
        let Options { profile, frequency, stack_min_ns, minimum_ns, without, recorder_pid } =
            options;
        Options {
            profile: self.word("words", profile, |profile| PROFILES.contains(&profile)),
            frequency,
            stack_min_ns,
            minimum_ns: minimum_ns
                .into_iter()
                .map(|(stream, least)| (self.word("words", stream, is_stream), least))
                .collect(),
            without,
            recorder_pid,
        }
    }

    fn remark(&mut self, text: String) -> String {
        let pseudonym = self.names.remark(&text);
        self.replace("remarks", text, pseudonym)
    }

    fn state(&mut self, state: StreamState) -> StreamState {
        let StreamState { name, on, note } = state;
        StreamState {
            name: self.word("words", name, is_stream),
            on,
            note: note.map(|note| self.remark(note)),
        }
    }

    fn cut(&mut self, cut: Cut) -> Cut {
        let Cut { uuid, name, start_ns, stop_ns, complete, pids, streams, damage } = cut;
        Cut {
            uuid: self.uuid(uuid),
            name: self.of_host(name, |names, name| names.word("recording", name)),
            start_ns,
            stop_ns,
            complete,
            pids,
            streams: streams.into_iter().map(|name| self.word("words", name, is_stream)).collect(),
            damage: damage.into_iter().map(|text| self.remark(text)).collect(),
        }
    }

    fn left_out(&mut self, part: LeftOut) -> LeftOut {
        let LeftOut { table, whole, segments, rows, bytes, until_ns, why } = part;
        LeftOut {
            table: self.word("words", table, is_stream),
            whole,
            segments,
            rows,
            bytes,
            until_ns,
            why: self.remark(why),
        }
    }
}
