//! What the manifest of a cut says.

use std::fmt::Write;

use afterwake_schema::recording::{Cut, FORMAT, Manifest};
use sha2::{Digest, Sha256};

use super::part::Part;
use crate::recording::{Member, Recording};

/// Why a stream is off that was recorded.
const LEFT_OUT: &str = "left out by the cut";

/// The manifest of the part: what the whole one says, of another interval.
pub fn of_part(recording: &Recording, member: &Member, part: &Part) -> Manifest {
    let mut manifest = member.manifest.clone();
    let whole = member.span();
    let mut cut = manifest.cut.take().unwrap_or_else(|| Cut {
        uuid: manifest.uuid.clone(),
        name: member.name.clone(),
        start_ns: whole.start,
        stop_ns: whole.end,
        complete: member.complete,
        ..Cut::default()
    });
    if !part.pids.is_empty() {
        cut.pids = part.pids.iter().copied().collect();
    }
    for state in
        manifest.streams.iter_mut().filter(|state| state.on && part.leaves_out(&state.name))
    {
        (state.on, state.note) = (false, Some(LEFT_OUT.into()));
        cut.streams.push(state.name.clone());
    }
    let damage = recording.damage();
    cut.damage.extend(damage.iter().map(|(path, problem)| {
        let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
        format!("{}: {problem}", parts.into_iter().rev().collect::<Vec<_>>().join("/"))
    }));
    let clock = &mut manifest.clock;
    if clock.wall_ns != 0 {
        clock.wall_ns = clock.wall_ns.saturating_add(part.window.start - whole.start);
    }
    (clock.start_ns, clock.stop_ns) = (part.window.start, Some(part.window.end));
    manifest.format = FORMAT;
    manifest.uuid = uuid(&manifest.uuid, part);
    manifest.cut = Some(cut);
    manifest
}

/// The same part of the same recording has the same name: version 8 of RFC 9562, whose content is free.
fn uuid(whole: &str, part: &Part) -> String {
    let hash = Sha256::digest(format!("{whole} {part:?}"));
    let mut bytes: [u8; 16] = std::array::from_fn(|place| hash[place]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        let dash = if [4, 6, 8, 10].contains(&place) { "-" } else { "" };
        let _ = write!(text, "{dash}{byte:02x}");
    }
    text
}
