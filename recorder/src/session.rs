//! One recording from start to stop.

mod accounts;
mod command;
mod directory;
mod readings;

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use afterwake_schema::recording::{
    Clock, FORMAT, Manifest, Options as ManifestOptions, StreamState,
};
use anyhow::{Context, anyhow};

use self::accounts::Accounts;
use self::command::Recorded;
pub use self::readings::Readings;
use crate::cli::{Arguments, Problem};
use crate::decode::Decoder;
use crate::host;
use crate::identity::Identities;
use crate::probes::{Options, Probes};
use crate::profiles::Choice;
use crate::ring::Rings;
use crate::segment::{Tables, Writer};
use crate::status::{Progress, Status, human};
use crate::streams;
use crate::symbols::Symbols;

/// The interval begins and ends this far ahead of the moment it is set, so that every probe sees it in time.
const LEAD: Duration = Duration::from_millis(1);

/// Records, and returns the exit status.
///
/// # Errors
/// Anything that keeps the recording from starting, or from being complete; what was sealed stays readable.
pub fn run(arguments: &Arguments) -> Result<u8, Problem> {
    // A script whose `"$@"` is empty would wait for a Ctrl-C that nobody sends.
    if arguments.command.is_empty() && std::env::args().any(|word| word == "--") {
        return Err(Problem::new(
            anyhow!("there is no command after --"),
            "leave out -- to record until Ctrl-C",
        ));
    }
    let choice = Choice::new(&arguments.profile, &arguments.streams, &arguments.min)?;
    let signals = watch_signals()?;
    let options = Options {
        frequency: arguments.frequency,
        stack_min: arguments.stack_min,
        minimums: choice.minimums.clone(),
        without: arguments.without(),
    };
    let mut readings = Readings::open(&choice.streams);
    let probed: Vec<_> =
        choice.streams.iter().copied().filter(|stream| !streams::is_read(stream)).collect();
    if probed.is_empty() && readings.states.iter().all(|state| !state.on) {
        return Err(Problem::new(
            anyhow!("no stream that was chosen can be read here"),
            "`afterwake-record --check` shows what each stream needs",
        ));
    }
    let directory = directory::create(arguments.output.as_deref())?;
    let mut probes =
        Probes::attach(&probed, &options).inspect_err(|_| drop(std::fs::remove_dir(&directory)))?;
    let states = [&probes.states[..], &readings.states].concat();

    let identities = Identities::default();
    let (writer, queue) = Writer::start(directory.clone(), identities.clone());
    let decoder = RefCell::new(Decoder::new(Tables::new(&queue), Symbols::start()?, identities));
    let take = |record: &[u8]| decoder.borrow_mut().take(record);
    let ring_maps = std::mem::take(&mut probes.rings);
    let rings = Rings::new(&ring_maps, &take)?;

    let mut manifest = begin(&mut probes, arguments, &choice, &states)?;
    manifest.write(&directory, false).map_err(|error| directory::problem(&directory, error))?;
    let mut status = Status::new(arguments.quiet);
    for state in states.iter().filter(|state| !state.on) {
        let reason = state.note.as_deref().unwrap_or_default();
        status.say(&format!("warning: the stream {} is not recorded: {reason}", state.name));
    }
    let mut accounts = Accounts::start(&probes);
    readings.start(&mut decoder.borrow_mut().tables);
    let mut recorded = match Recorded::start(&arguments.command) {
        Ok(recorded) => recorded,
        Err(problem) => {
            let _ = std::fs::remove_dir_all(&directory);
            return Err(problem);
        }
    };

    if arguments.duration.is_none() && arguments.command.is_empty() {
        status.announce(&format!("{}: recording until Ctrl-C", directory.display()));
    }
    host::go_first();
    let began = Instant::now();
    let mut failure = None;
    loop {
        rings.drain();
        let mut decoder = decoder.borrow_mut();
        decoder.tick();
        accounts.keep(&probes, &queue, &writer, &mut decoder.tables);
        readings.keep(&mut decoder.tables);
        let (rows, lost, bytes) = (decoder.rows, accounts.lost(), writer.bytes());
        status.show(Progress { rows, lost, bytes });

        if let Some(error) = writer.problem() {
            failure = Some(directory::problem(&directory, error));
            break;
        }
        if bytes >= arguments.max_size {
            let size = human(arguments.max_size);
            status.say(&format!("stopped: the recording has reached --max-size {size}"));
            break;
        }
        let is_over = arguments.duration.is_some_and(|length| began.elapsed() >= length);
        if is_over || recorded.has_ended() || signals.load(Ordering::Relaxed) {
            break;
        }
    }

    readings.close(&mut decoder.borrow_mut().tables);
    // Stop at one instant, then collect what is under way.
    let stop = host::monotonic_ns() + LEAD.as_nanos() as u64;
    probes.set_interval(manifest.clock.start_ns as u64, stop)?;
    manifest.clock.stop_ns = Some(stop as i64);
    std::thread::sleep(LEAD * 2);
    queue.be_patient();
    // The pass finds room in the rings.
    rings.drain_now();
    std::thread::scope(|scope| {
        let pass = scope.spawn(|| probes.stop_pass());
        while !pass.is_finished() {
            rings.drain();
        }
        pass.join().unwrap_or_else(|_| Err(anyhow!("the pass over the threads failed")))
    })?;
    rings.drain_now();
    drop(rings);
    probes.detach();

    let mut decoder = decoder.into_inner();
    accounts.close(&probes, &queue, &writer, &mut decoder.tables);
    let (rows, damaged, lost) = (decoder.rows, decoder.damaged, accounts.lost());
    decoder.file_held();
    if let Some(note) = decoder.symbols.note() {
        manifest.streams.push(StreamState { name: "frame".into(), on: true, note: Some(note) });
    }
    let (frames, mut modules) = decoder.symbols.finish();
    if options.without.paths {
        modules.iter_mut().for_each(|module| module.path = last_part(&module.path).to_owned());
    }
    frames.into_iter().for_each(|frame| decoder.tables.frame.push(frame));
    modules.into_iter().for_each(|module| decoder.tables.module.push(module));
    decoder.tables.close_all();
    drop((decoder.tables, queue));
    let written = writer.finish();
    if let Some(error) = written.problem {
        failure.get_or_insert(directory::problem(&directory, error));
    }
    if let Some(failure) = failure {
        status.clear();
        return Err(failure);
    }

    manifest.rows = written.rows;
    manifest.status = recorded.status();
    manifest.write(&directory, true).map_err(|error| directory::problem(&directory, error))?;
    directory::hand_over(&directory);
    if damaged > 0 {
        status.say(&format!("warning: {damaged} records could not be decoded"));
    }
    summarize(&status, &directory, &manifest, Progress { rows, lost, bytes: written.bytes });
    Ok(recorded.status().map_or(0, |status| status as u8))
}

/// Opens the interval and writes down what is recorded where.
fn begin(
    probes: &mut Probes,
    arguments: &Arguments,
    choice: &Choice,
    states: &[StreamState],
) -> Result<Manifest, Problem> {
    let start = host::monotonic_ns() + LEAD.as_nanos() as u64;
    let wall = host::clock_ns(libc::CLOCK_REALTIME) + LEAD.as_nanos() as u64;
    probes.set_interval(start, u64::MAX)?;
    let manifest = Manifest {
        format: FORMAT,
        uuid: host::uuid(),
        tool: format!("afterwake-record {}", env!("CARGO_PKG_VERSION")),
        command: command_line(arguments),
        host: host::host(),
        clock: Clock {
            start_ns: start as i64,
            stop_ns: None,
            wall_ns: wall as i64,
            utc_offset_s: host::utc_offset_s(),
        },
        options: ManifestOptions {
            profile: arguments.profile.clone(),
            frequency: arguments.frequency,
            stack_min_ns: arguments.stack_min.as_nanos() as u64,
            minimum_ns: choice.minimum_ns(),
            without: arguments.without(),
            recorder_pid: std::process::id(),
        },
        streams: [states, &streams::left_out(states)].concat(),
        ..Default::default()
    };
    std::thread::sleep(LEAD);
    Ok(manifest)
}

/// The recorder's command line, but for what is not to be recorded.
fn command_line(arguments: &Arguments) -> Vec<String> {
    let mut words: Vec<String> = std::env::args().collect();
    let without = arguments.without();
    if without.args {
        let of_command = arguments.command.len().saturating_sub(1);
        words.truncate(words.len() - of_command);
    }
    if without.paths {
        words.iter_mut().for_each(|word| *word = last_part(word).to_owned());
    }
    words
}

/// The last part of a path.
fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The first Ctrl-C or SIGTERM ends the recording, the second the recorder. A terminal that hangs up
/// ends the recording, unless `nohup` said otherwise; however often, since a connection that breaks
/// is told by everybody on its way.
fn watch_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let watch = |signal: libc::c_int| {
        signal_hook::flag::register(signal, stop.clone()).context("cannot watch for Ctrl-C")
    };
    for signal in [libc::SIGINT, libc::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, asked.clone())
            .context("cannot watch for Ctrl-C")?;
        signal_hook::flag::register(signal, asked.clone()).context("cannot watch for Ctrl-C")?;
        watch(signal)?;
    }
    if !is_ignored(libc::SIGHUP) {
        watch(libc::SIGHUP)?;
    }
    Ok(stop)
}

fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: All zeros are a valid `sigaction`, and without a new one the call only fills it in.
    unsafe {
        let mut found: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut found) == 0
            && found.sa_sigaction == libc::SIG_IGN
    }
}

fn summarize(status: &Status, directory: &Path, manifest: &Manifest, progress: Progress) {
    let span = manifest.clock.stop_ns.unwrap_or_default() - manifest.clock.start_ns;
    let waits = manifest.rows.get("wait").copied().unwrap_or(0);
    let samples = manifest.rows.get("sample").copied().unwrap_or(0);
    let name = directory.display();
    status.say(&format!(
        "{name}: {:.1}s, {} rows ({waits} waits, {samples} samples), {} lost, {}; next: afterwake {name}",
        span as f64 / 1e9,
        progress.rows,
        progress.lost,
        human(progress.bytes),
    ));
    if progress.lost > 0 {
        status.say("note: rows were lost; fewer streams (-e, --profile sched) or a minimum (--min) make less of them");
    }
}
