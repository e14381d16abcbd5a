//! Why the kernel refused a program: libbpf explains it at length, the reason is one line.

use std::sync::Mutex;

use libbpf_rs::PrintLevel;

static SAID: Mutex<String> = Mutex::new(String::new());

/// Keeps what libbpf says for [`reason`] instead of printing it.
pub fn listen() {
    libbpf_rs::set_print(Some((PrintLevel::Warn, |_, text| {
        if let Ok(mut said) = SAID.lock() {
            said.push_str(&text);
        }
    })));
}

/// Why the last load failed, as far as libbpf said. Forgets it.
pub fn reason() -> Option<String> {
    let said = std::mem::take(&mut *SAID.lock().ok()?);
    reason_of(&said)
}

/// The last complaint of the verifier, or the first of libbpf itself.
fn reason_of(said: &str) -> Option<String> {
    const BEGIN: &str = "-- BEGIN PROG LOAD LOG --";
    const END: &str = "-- END PROG LOAD LOG --";
    const STATISTICS: [&str; 3] = ["processed ", "verification time", "stack depth"];
    let said = said.trim();
    let (before, log) = said.split_once(BEGIN).unwrap_or((said, ""));
    let log = log.split_once(END).map_or(log, |(log, _)| log);
    let complaint = log
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !STATISTICS.iter().any(|start| line.starts_with(start)));
    let program = before.rsplit("prog '").next().and_then(|rest| rest.split_once('\''));
    match (complaint, program) {
        (Some(complaint), Some((program, _))) => Some(format!("{program}: {complaint}")),
        _ => {
            let line = before.lines().next()?.trim_start_matches("libbpf: ").trim();
            (!line.is_empty()).then(|| line.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_has_the_last_word() {
        let said = "\
libbpf: prog 'on_switch': BPF program load failed: Permission denied
libbpf: prog 'on_switch': -- BEGIN PROG LOAD LOG --
0: (bf) r6 = r1
R2 min value is negative, either use unsigned or 'var &= const'
processed 93 insns (limit 1000000) max_states_per_insn 0 total_states 8
-- END PROG LOAD LOG --
libbpf: prog 'on_switch': failed to load: -13
";
        let reason = reason_of(said).unwrap();
        assert_eq!(
            reason,
            "on_switch: R2 min value is negative, either use unsigned or 'var &= const'"
        );
    }

    #[test]
    fn without_a_log_libbpf_itself_has_it() {
        let said = "libbpf: prog 'on_switched': failed to find kernel BTF type ID of 'x': -3\nmore";
        assert_eq!(
            reason_of(said).unwrap(),
            "prog 'on_switched': failed to find kernel BTF type ID of 'x': -3"
        );
        assert_eq!(reason_of(""), None);
    }
}
