//! The probes: loaded, attached, told the interval, and asked what they missed and cost.

pub mod check;
mod refusal;
mod sampling;
pub mod settings;
mod wanted;

use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use afterwake_schema::recording::{StreamState, Without};
use anyhow::{Context, Result, anyhow};
use libbpf_rs::libbpf_sys;
use libbpf_rs::{
    Iter, Link, MapCore, MapFlags, MapHandle, MapType, Object, ObjectBuilder, OpenObject,
    ProgramMut,
};

use self::settings::{Interval, Settings, bytes};
use crate::calls;
use crate::cli::Problem;
use crate::host::online_cpus;
use crate::streams::{Attach, PROBES, Probe, probes_of};

/// The compiled probes.
const OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/afterwake.bpf.o"));

/// Memory for all rings together, and the least and most for one.
const RINGS_BYTES: usize = 32 << 20;
const RING_BYTES_LEAST: usize = 512 << 10;
const RING_BYTES_MOST: usize = 4 << 20;

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub frequency: u64,
    pub stack_min: Duration,
    /// Rows of these streams that are shorter are only summed.
    pub minimums: BTreeMap<&'static str, Duration>,
    pub without: Without,
}

pub struct Probes {
    object: Object,
    links: Vec<Link>,
    /// Programs that are attached, or that the stop runs.
    programs: Vec<&'static Probe>,
    pub rings: Vec<MapHandle>,
    /// Sampling events and counters, open as long as they count.
    _events: Vec<OwnedFd>,
    pub states: Vec<StreamState>,
}

/// One CPU's counters, by `enum counter` of `bpf/ring.h`.
pub type Counters = Vec<Vec<u64>>;

/// Runs and nanoseconds of one program since it was loaded, while the kernel counts them.
pub struct Runs {
    pub program: String,
    /// The first recorded stream that it is part of.
    pub stream: &'static str,
    pub count: u64,
    pub cpu_ns: u64,
    /// Times it was skipped because it was already running on that CPU.
    pub busy: u64,
}

impl Probes {
    /// Loads and attaches what `streams` need. A stream that this kernel refuses is left out, with the reason in `states`.
    ///
    /// # Errors
    /// No root, no BTF, or not one stream that works.
    pub fn attach(streams: &[&'static str], options: &Options) -> Result<Self, Problem> {
        refusal::listen();
        privileges()?;
        let mut states: Vec<StreamState> = Vec::new();
        let mut refused = |stream: &str, reason: String| {
            states.push(StreamState { name: stream.into(), on: false, note: Some(reason) });
        };
        let mut wanted = streams.to_vec();
        let object = match load(&wanted, options) {
            Ok(object) => object,
            Err(first) => {
                // One refused program fails the whole object: find out whose it is.
                wanted.retain(|stream| match load(&[*stream], options) {
                    Ok(_) => true,
                    Err(reason) => {
                        refused(stream, format!("{reason:#}"));
                        false
                    }
                });
                if wanted.is_empty() {
                    return Err(Problem::new(
                        first.context("this kernel takes none of the probes"),
                        "`afterwake-record --check` shows what each stream needs",
                    ));
                }
                load(&wanted, options)?
            }
        };
        let rings = make_rings(&object)?;
        let mut probes = Self {
            object,
            links: Vec::new(),
            programs: Vec::new(),
            rings,
            _events: Vec::new(),
            states: Vec::new(),
        };
        for stream in &wanted {
            match probes.attach_stream(stream, options) {
                Ok(note) => states.push(StreamState { name: (*stream).into(), on: true, note }),
                Err(reason) => states.push(StreamState {
                    name: (*stream).into(),
                    on: false,
                    note: Some(format!("{reason:#}")),
                }),
            }
        }
        for probe in PROBES.iter().filter(|probe| probe.attach == Attach::Always) {
            if !wanted.is_empty() && !probes.is_attached(probe) {
                // Where it is refused, names are those of the first sight.
                let _ = probes.attach_program(probe, options);
            }
        }
        probes.states = states;
        if !streams.is_empty() && !probes.states.iter().any(|state| state.on) {
            return Err(Problem::new(
                anyhow!("no stream could be attached"),
                "`afterwake-record --check` shows what each stream needs",
            ));
        }
        Ok(probes)
    }

    fn attach_stream(&mut self, stream: &str, options: &Options) -> Result<Option<String>> {
        let mut notes: Vec<String> = probes_of(stream).filter_map(wanted::does_without).collect();
        for probe in probes_of(stream).filter(|probe| wanted::is_wanted(probe, options)) {
            if !self.is_attached(probe) {
                notes.extend(self.attach_program(probe, options)?);
                self.programs.push(probe);
            }
        }
        Ok((!notes.is_empty()).then(|| notes.join("; ")))
    }

    fn is_attached(&self, probe: &Probe) -> bool {
        self.programs.iter().any(|attached| attached.program == probe.program)
    }

    /// The note says what it goes without.
    fn attach_program(&mut self, probe: &Probe, options: &Options) -> Result<Option<String>> {
        let program = self.program(probe.program)?;
        match probe.attach {
            Attach::Tracepoint
            | Attach::Always
            | Attach::Optional
            | Attach::Otherwise
            | Attach::Threshold => {
                let link = program.attach().with_context(|| format!("no {}", probe.needs))?;
                self.links.push(link);
            }
            Attach::Sampling => {
                let (links, events, without) =
                    sampling::start(&self.object, &program, options.frequency)?;
                self.links.extend(links);
                self._events.extend(events);
                return Ok(without);
            }
            Attach::ThresholdProbed => {
                let link = program
                    .attach_kprobe(false, wanted::function()?)
                    .with_context(|| format!("--stack-min needs {}", probe.needs))?;
                self.links.push(link);
            }
            Attach::AtStop => {}
        }
        Ok(None)
    }

    fn program(&self, name: &str) -> Result<ProgramMut<'_>> {
        self.object
            .progs_mut()
            .find(|program| program.name() == name)
            .ok_or_else(|| anyhow!("the probes hold no program {name}"))
    }

    /// Sets what is recorded: everything in `[start, stop)` of the monotonic clock.
    pub fn set_interval(&mut self, start_ts: u64, stop_ts: u64) -> Result<()> {
        let map = map(&self.object, ".data.interval")?;
        map.update(&0u32.to_ne_bytes(), bytes(&Interval { start_ts, stop_ts }), MapFlags::ANY)
            .context("cannot set the recorded interval")
    }

    /// Submits a row for all that is still open, and the last sums. Run it
    /// after the stop, on a thread of its own: the rings must be drained meanwhile.
    pub fn stop_pass(&self) -> Result<()> {
        let is_ours = |probe: &&Probe| {
            probe.attach == Attach::AtStop
                && self.programs.iter().any(|ours| ours.program == probe.program)
        };
        for probe in PROBES.iter().filter(is_ours) {
            let link = self.program(probe.program)?.attach().context("cannot walk the threads")?;
            let mut nothing = Vec::new();
            Iter::new(&link)?.read_to_end(&mut nothing).context("cannot walk the threads")?;
        }
        Ok(())
    }

    /// Detaches the probes; the counters can still be read.
    pub fn detach(&mut self) {
        self.links.clear();
    }

    pub fn counters(&self) -> Result<Counters> {
        let map = map(&self.object, "counters")?;
        let mut counters = vec![Vec::new(); online_cpus()];
        for counter in 0..map.max_entries() {
            let values = map
                .lookup_percpu(&counter.to_ne_bytes(), MapFlags::ANY)?
                .context("the probes hold no counters")?;
            for (cpu, value) in counters.iter_mut().zip(values) {
                cpu.push(u64::from_ne_bytes(value.try_into().unwrap_or_default()));
            }
        }
        Ok(counters)
    }

    /// What each program ran so far; needs the kernel's statistics to be on.
    pub fn runs(&self) -> Vec<Runs> {
        let stream_of = |program: &str| {
            let probe = PROBES.iter().find(|probe| probe.program == program)?;
            let is_on =
                |stream: &&str| self.states.iter().any(|state| state.on && state.name == *stream);
            probe.streams.iter().copied().find(is_on)
        };
        self.object
            .progs()
            .filter(|program| program.autoload())
            .filter_map(|program| {
                let name = program.name().to_string_lossy().into_owned();
                let info = program_info(program.as_fd().as_raw_fd())?;
                Some(Runs {
                    stream: stream_of(&name)?,
                    program: name,
                    count: info.run_cnt,
                    cpu_ns: info.run_time_ns,
                    busy: info.recursion_misses,
                })
            })
            .collect()
    }
}

/// While this lives, the kernel counts the runs and times of programs.
pub fn count_runs() -> Option<OwnedFd> {
    // SAFETY: the call takes a number.
    let fd = unsafe { libbpf_sys::bpf_enable_stats(libbpf_sys::BPF_STATS_RUN_TIME) };
    // SAFETY: it has just returned this descriptor, and nobody else has it.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
}

fn program_info(fd: RawFd) -> Option<libbpf_sys::bpf_prog_info> {
    let mut info = libbpf_sys::bpf_prog_info::default();
    let mut size = size_of_val(&info) as u32;
    // SAFETY: the kernel writes at most `size` bytes.
    let status = unsafe { libbpf_sys::bpf_prog_get_info_by_fd(fd, &raw mut info, &raw mut size) };
    (status == 0).then_some(info)
}

fn load(streams: &[&str], options: &Options) -> Result<Object> {
    let mut open = ObjectBuilder::default().name("afterwake")?.open_memory(OBJECT)?;
    for mut program in open.progs_mut() {
        let name = program.name().to_string_lossy().into_owned();
        program.set_autoload(PROBES.iter().any(|probe| {
            probe.program == name
                && wanted::is_part_of(probe, streams)
                && wanted::is_wanted(probe, options)
        }));
    }
    let settings = Settings {
        ring_wakeup_bytes: ring_bytes() as u64 / 2,
        stack_min_ns: options.stack_min.as_nanos() as u64,
        min_ns: settings::minimums(&options.minimums),
        has_counters: u32::from(sampling::counters_exist()),
        no_args: u32::from(options.without.args),
        no_paths: u32::from(options.without.paths),
        has_exec: u32::from(streams.contains(&"exec")),
        has_rename: u32::from(streams.contains(&"rename")),
        ..Settings::of_this_kernel()
    };
    prepare_maps(&mut open, &settings, streams)?;
    open.load().map_err(|error| match refusal::reason() {
        Some(reason) => anyhow!("the kernel refused {reason}"),
        None => anyhow!(error).context("the kernel refused the probe"),
    })
}

fn prepare_maps(open: &mut OpenObject, settings: &Settings, streams: &[&str]) -> Result<()> {
    let cpus = libbpf_rs::num_possible_cpus()? as u32;
    for mut map in open.maps_mut() {
        match map.name().to_string_lossy().as_ref() {
            ".rodata.settings" => map.set_initial_value(bytes(settings))?,
            ".rodata.calls" => map.set_initial_value(bytes(&calls::shapes(streams)))?,
            "rings" | "cycles_counter" | "instructions_counter" => map.set_max_entries(cpus)?,
            _ => {}
        }
    }
    Ok(())
}

fn ring_bytes() -> usize {
    let share = RINGS_BYTES / online_cpus();
    let rounded = if share.is_power_of_two() { share } else { share.next_power_of_two() / 2 };
    rounded.clamp(RING_BYTES_LEAST, RING_BYTES_MOST)
}

fn make_rings(object: &Object) -> Result<Vec<MapHandle>> {
    let outer = map(object, "rings")?;
    let mut rings = Vec::new();
    for cpu in 0..libbpf_rs::num_possible_cpus()? as u32 {
        let options = libbpf_sys::bpf_map_create_opts {
            sz: size_of::<libbpf_sys::bpf_map_create_opts>() as libbpf_sys::size_t,
            ..Default::default()
        };
        let ring = MapHandle::create(
            MapType::RingBuf,
            Some("afterwake_ring"),
            0,
            0,
            ring_bytes() as u32,
            &options,
        )
        .context("the kernel gives no memory for a ring")?;
        let fd = ring.as_fd().as_raw_fd();
        outer.update(&cpu.to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)?;
        rings.push(ring);
    }
    Ok(rings)
}

fn map<'a>(object: &'a Object, name: &str) -> Result<libbpf_rs::Map<'a>> {
    object
        .maps()
        .find(|map| map.name() == name)
        .ok_or_else(|| anyhow!("the probes hold no map {name}"))
}

fn privileges() -> Result<(), Problem> {
    // SAFETY: geteuid has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return Err(Problem::new(
            anyhow!("recording needs root: the kernel shows other users' threads to nobody else"),
            "run it with sudo, or open a recording that exists with `afterwake`",
        ));
    }
    if !std::path::Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Err(Problem::new(
            anyhow!("this kernel has no BTF, the description of its own data that the probes need"),
            "use a kernel built with CONFIG_DEBUG_INFO_BTF, which distributions have had since 2021",
        ));
    }
    let lockdown = std::fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    if lockdown.contains("[confidentiality]") {
        return Err(Problem::new(
            anyhow!("this kernel is locked down: not even root may read its memory"),
            "boot with lockdown=integrity or without lockdown",
        ));
    }
    Ok(())
}
