//! The C side of the declaration: `bpf/events.h`.

use std::fmt::Write;

use crate::kind::{Context, FileType, SummedStream, WritebackReason};
use crate::stream::{Source, Stream};
use crate::streams::ALL;

/// The alignment of every ring record.
const RECORD_ALIGN: usize = 8;

/// Bytes of the fixed part of a stream's ring record, the leading `stream` number and the closing pad included.
pub fn record_size(stream: &Stream) -> usize {
    let used: usize = 4 + (stream.layout)().iter().map(|member| member.size).sum::<usize>();
    if has_tail(stream) { used } else { used.next_multiple_of(RECORD_ALIGN) }
}

fn has_tail(stream: &Stream) -> bool {
    (stream.layout)().iter().any(|member| member.size == 0)
}

/// The whole text of `bpf/events.h`.
pub fn header() -> String {
    let mut text = String::from(
        "/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */\n\
         /* Generated from schema/src/streams.rs; `make bless` rewrites it. */\n\
         #pragma once\n\n#include <linux/types.h>\n\n\
         #define NO_NS ((__u64)-1)\n\
         #define NO_COUNT ((__u64)-1)\n\
         #define NO_SEQ ((__u32)-1)\n\
         #define NO_CPU ((__u16)-1)\n\
         #define NO_SYSCALL ((__s16)-1)\n\
         #define NO_FD ((__s32)-1)\n\
         #define NO_LENGTH ((__u16)-1)\n\
         #define NO_OFFSET ((__u64)-1)\n\
         #define NO_RETURN ((__s64)(1ULL << 63))\n",
    );
    for (kind, words) in [
        ("CONTEXT", Context::WORDS),
        ("SOURCE", SummedStream::WORDS),
        ("FILE_TYPE", FileType::WORDS),
        ("WRITEBACK", WritebackReason::WORDS),
    ] {
        text.push('\n');
        for (word, value) in words {
            let _ = writeln!(text, "#define {kind}_{} {value}", word.to_uppercase());
        }
    }
    text.push_str("\nenum stream {\n");
    for stream in kernel() {
        let _ = writeln!(text, "\tSTREAM_{} = {},", stream.name.to_uppercase(), stream.number);
    }
    let most = kernel().map(|stream| stream.number).max().unwrap_or(0);
    let _ = writeln!(text, "\tSTREAM_COUNT = {},\n}};", most + 1);
    for stream in kernel() {
        record(&mut text, stream);
    }
    text
}

fn kernel() -> impl Iterator<Item = &'static Stream> {
    ALL.iter().copied().filter(|stream| stream.source == Source::Kernel)
}

fn record(text: &mut String, stream: &Stream) {
    let name = stream.name;
    let _ = writeln!(text, "\nstruct {name}_event {{\n\t__u32 stream;");
    let mut used = 4;
    for member in (stream.layout)() {
        assert!(
            used % member.align == 0,
            "{name}.{} would be padded: it lies at byte {used}; reorder the declaration",
            member.name
        );
        let _ = writeln!(text, "\t{} {}{};", member.c, member.name, member.suffix);
        used += member.size;
    }
    if record_size(stream) > used {
        let _ = writeln!(text, "\t__u8 pad[{}];", record_size(stream) - used);
    }
    let _ = writeln!(
        text,
        "}};\n_Static_assert(sizeof(struct {name}_event) == {}, \"padding in {name}\");",
        record_size(stream).next_multiple_of(if has_tail(stream) { 4 } else { RECORD_ALIGN })
    );
}
