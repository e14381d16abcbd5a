//! The whole way, from the addresses of real processes to names.

use std::process::{Child, Command, Stdio};

use super::*;

#[inline(never)]
fn a_function_of_this_test() -> u64 {
    std::hint::black_box(1009)
}

fn own_address() -> u64 {
    a_function_of_this_test as *const () as u64
}

/// The row of one frame and the path of its module.
fn found(symbols: Symbols, id: u64) -> (streams::Frame, streams::Module) {
    let (frames, modules) = symbols.finish();
    let frame = frames.iter().find(|frame| frame.id == id).expect("every id has a row").clone();
    let module = modules.iter().find(|module| module.id == frame.module).cloned();
    (frame, module.unwrap_or_default())
}

/// Frame ids of a user stack once its process is known.
fn placed(symbols: &mut Symbols, image: u64, pid: u32, ts: u64, addresses: &[u64]) -> Vec<u64> {
    hold(symbols, image, pid, ts, addresses);
    symbols.tick().pop().expect("one is held").frames
}

fn hold(symbols: &mut Symbols, image: u64, pid: u32, ts: u64, addresses: &[u64]) {
    let frames = addresses.to_vec();
    symbols.hold(streams::Stack { image, pid, ts, frames, ..Default::default() });
}

/// Says that a test did not run; where everything must be tested, it fails instead.
pub fn skipped(needs: &str) {
    let required = std::env::var_os("AFTERWAKE_REQUIRE_BPF").is_some_and(|value| value == "1");
    assert!(!required, "needs {needs}");
    eprintln!("SKIPPED (needs {needs})");
}

/// A copy of `sleep` that runs, and the address of its code as its own maps tell it.
fn sleeping_copy(folder: &std::path::Path) -> (Child, u64) {
    let program = folder.join("short lived");
    std::fs::copy("/bin/sleep", &program).unwrap();
    let child = Command::new(&program).arg("60").stdout(Stdio::null()).spawn().unwrap();
    let address = code_of(child.id(), "short lived").expect("the copy runs");
    (child, address)
}

/// An address in the code of the process's program of that name, once it runs.
fn code_of(pid: u32, name: &str) -> Option<u64> {
    for _ in 0..1000 {
        let mut address = None;
        let _ = maps::executable(pid, |line| {
            if line.path.ends_with(name) {
                address = Some(line.start + 0x10);
            }
        });
        if address.is_some() {
            return address;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    None
}

#[test]
fn a_living_process_has_names() {
    assert_eq!(a_function_of_this_test(), 1009);
    let mut symbols = Symbols::start().unwrap();
    let return_address = own_address() + 1;
    let mut ids = || {
        let addresses = [own_address(), return_address];
        placed(&mut symbols, 7, std::process::id(), monotonic_ns(), &addresses)
    };
    assert_eq!(ids(), ids());
    let (frames, modules) = symbols.finish();
    for (frame, offset) in frames.iter().zip([0, 1]) {
        assert!(frame.name.ends_with("::a_function_of_this_test"), "{frame:?}");
        assert_eq!(frame.symbol_offset, offset);
        let module = modules.iter().find(|module| module.id == frame.module).unwrap();
        let path = std::env::current_exe().unwrap();
        assert_eq!((module.path.as_str(), module.problem.as_str()), (path.to_str().unwrap(), ""));
    }
}

#[test]
fn an_exited_process_whose_program_is_deleted_has_its_module() {
    let mut symbols = Symbols::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address) = sleeping_copy(folder.path());
    std::fs::remove_file(folder.path().join("short lived")).unwrap();
    let ids = placed(&mut symbols, 9, child.id(), monotonic_ns(), &[address]);
    child.kill().unwrap();
    child.wait().unwrap();
    let (frame, module) = found(symbols, ids[0]);
    assert!(module.path.ends_with("/short lived"), "{module:?}");
    assert_eq!(frame.space, 2);
    // Its file was deleted before it was opened; it was read all the same.
    let stripped = ["", "has no symbol table"].contains(&module.problem.as_str());
    assert!(stripped && !module.build_id.is_empty(), "{module:?}");
}

#[test]
fn a_process_that_has_gone_before_anybody_asked_is_still_placed() {
    let mut symbols = Symbols::start().unwrap();
    if symbols.watch.is_none() {
        return skipped("the right to watch all processes");
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address) = sleeping_copy(folder.path());
    let ts = monotonic_ns();
    child.kill().unwrap();
    child.wait().unwrap();
    let ids = placed(&mut symbols, 9, child.id(), ts, &[address]);
    let (frame, module) = found(symbols, ids[0]);
    assert!(module.path.ends_with("/short lived") && frame.offset > 0, "{frame:?} {module:?}");
    assert!(!module.build_id.is_empty());
}

#[test]
fn without_a_watch_a_process_is_read_when_its_stack_comes() {
    let mut symbols = Symbols::start().unwrap();
    symbols.watch = None;
    symbols.unread.clear();
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address) = sleeping_copy(folder.path());
    hold(&mut symbols, 9, child.id(), monotonic_ns(), &[address]);
    child.kill().unwrap();
    child.wait().unwrap();
    let ids = symbols.tick().remove(0).frames;
    let (frame, module) = found(symbols, ids[0]);
    assert!(module.path.ends_with("/short lived") && frame.offset > 0, "{frame:?} {module:?}");
}

#[test]
fn a_program_in_another_mount_namespace_is_read_there() {
    let script = "mount -t tmpfs none /mnt && cp /bin/sleep /mnt/hidden && exec /mnt/hidden 60";
    let started = Command::new("unshare").args(["-m", "sh", "-c", script]).spawn();
    let Ok(mut child) = started else { return skipped("unshare") };
    let Some(address) = code_of(child.id(), "/mnt/hidden") else {
        let _ = child.kill();
        return skipped("the right to mount");
    };
    let mut symbols = Symbols::start().unwrap();
    let ids = placed(&mut symbols, 9, child.id(), monotonic_ns(), &[address]);
    child.kill().unwrap();
    child.wait().unwrap();
    let (_, module) = found(symbols, ids[0]);
    assert_eq!(module.path, "/mnt/hidden");
    assert!(!module.build_id.is_empty(), "{module:?}");
}

#[test]
fn code_compiled_at_run_time_has_the_names_of_its_map_file() {
    let size = 4096;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let mut symbols = Symbols::start().unwrap();
    // SAFETY: a new mapping at an address the kernel chooses.
    let code = unsafe {
        libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_EXEC, flags, -1, 0)
    } as u64;
    let pid = std::process::id();
    let ids = placed(&mut symbols, 3, pid, monotonic_ns(), &[code + 0x18, code + 0x400]);
    // The runtime writes its map only now.
    let path = format!("/tmp/perf-{pid}.map");
    std::fs::write(&path, format!("{code:x} 20 compiled function\n")).unwrap();
    let (frames, modules) = symbols.finish();
    std::fs::remove_file(&path).unwrap();
    let frame = |id: u64| frames.iter().find(|frame| frame.id == id).unwrap();
    assert_eq!(frame(ids[0]).name, "compiled function");
    assert_eq!(frame(ids[0]).symbol_offset, 0x18);
    assert_eq!(frame(ids[1]).name, "", "no line covers it");
    assert!(modules.iter().any(|module| module.id == frame(ids[0]).module && module.path == path));
}

#[test]
fn kernel_frames_have_names_and_their_probe_is_gone() {
    let Some(schedule) = symbol("schedule") else {
        return assert!(kernel_text().start == 0, "only hidden addresses have no names");
    };
    let mut symbols = Symbols::start().unwrap();
    let probe: Vec<u64> = symbol("bpf_trace_run4").into_iter().collect();
    let mut stack: Vec<u64> = probe.iter().map(|start| start + 1).collect();
    stack.push(schedule + 5);
    let ids = symbols.kernel(&stack);
    assert_eq!(ids.len(), 1);
    let (frame, module) = found(symbols, ids[0]);
    assert_eq!((frame.name.as_str(), frame.symbol_offset, frame.space), ("schedule", 5, 1));
    assert_eq!(module.path, "[kernel]");
    let text = kernel_text();
    assert!((text.start..text.end).contains(&schedule));
    assert!(irq_entries().iter().all(|(start, end)| text.start <= *start && start < end));
}

#[test]
fn addresses_of_nothing_are_nothing() {
    let mut symbols = Symbols::start().unwrap();
    let ids = placed(&mut symbols, 1, u32::MAX, monotonic_ns(), &[0, 1, u64::MAX]);
    assert_eq!(ids, [1, 2, 3]);
    assert!(placed(&mut symbols, 1, 1, 0, &[]).is_empty() && symbols.kernel(&[]).is_empty());
    let (frames, modules) = symbols.finish();
    assert!(frames.iter().all(|frame| frame.module == 0 && frame.name.is_empty()));
    assert!(modules.is_empty());
}
