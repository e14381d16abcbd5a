//! Closed sets of words, and the smallest of them: true and false.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray};
use arrow::datatypes::DataType;

use super::{Content, Encoding, Kind, Reader};

/// True or false.
pub struct Flag;

impl Kind for Flag {
    type Value = bool;
    const C: &'static str = "__u8";
    const SIZE: usize = 1;
    const ALIGN: usize = 1;
    const ENCODING: Encoding = Encoding::Plain;
    const CONTENT: Content = Content::Number;

    fn read(from: &mut Reader<'_>) -> Option<bool> {
        Some(from.take(1)?[0] != 0)
    }
    fn write(value: &bool, to: &mut Vec<u8>) {
        to.push(u8::from(*value));
    }
    fn data_type() -> DataType {
        DataType::Boolean
    }
    fn array<'a>(values: impl Iterator<Item = &'a bool>) -> ArrayRef {
        Arc::new(values.map(|value| Some(*value)).collect::<BooleanArray>())
    }
}

/// Declares a small closed set of words: a byte in the record, text in the column.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $meaning:literal { $($(#[$word_doc:meta])* $word:ident = $value:literal),* $(,)? }) => {
        $(#[$doc])*
        pub struct $name;

        impl $name {
            /// Every word with the byte that stands for it; other bytes are NULL.
            pub const WORDS: &'static [(&'static str, u8)] = &[$((stringify!($word), $value)),*];
        }

        impl Kind for $name {
            type Value = u8;
            const C: &'static str = "__u8";
            const SIZE: usize = 1;
            const ALIGN: usize = 1;
            const NULLABLE: bool = true;
            const ENCODING: Encoding = Encoding::Dictionary;
            const MEANING: &'static str = $meaning;
            const CONTENT: Content =
                Content::Word(|text| Self::WORDS.iter().any(|(word, _)| *word == text));

            fn read(from: &mut Reader<'_>) -> Option<u8> {
                Some(from.take(1)?[0])
            }
            fn write(value: &u8, to: &mut Vec<u8>) {
                to.push(*value);
            }
            fn data_type() -> DataType {
                DataType::Utf8
            }
            fn array<'a>(values: impl Iterator<Item = &'a u8>) -> ArrayRef {
                let word = |value: &u8| {
                    Self::WORDS.iter().find(|(_, number)| number == value).map(|(word, _)| *word)
                };
                Arc::new(values.map(word).collect::<StringArray>())
            }
        }
    };
}

words! {
    /// What ran on the CPU that issued a wakeup.
    Context: "task, softirq, hardirq, nmi or idle" {
        task = 1,
        softirq = 2,
        hardirq = 3,
        nmi = 4,
        idle = 5,
    }
}
words! {
    /// Which address space a stack lies in.
    Space: "kernel or user" {
        kernel = 1,
        user = 2,
    }
}
words! {
    /// What a row of `rest` sums up.
    SummedStream: "path, io, sock, misc, calls, block_io, softirq, hardirq or page_cache" {
        path = 1,
        io = 2,
        sock = 3,
        misc = 4,
        calls = 5,
        block_io = 6,
        softirq = 7,
        hardirq = 8,
        page_cache = 9,
    }
}
words! {
    /// What a file descriptor refers to.
    FileType: "file, directory, link, pipe, socket, char, block or other" {
        file = 1,
        directory = 2,
        link = 3,
        pipe = 4,
        socket = 5,
        char = 6,
        block = 7,
        other = 8,
    }
}
words! {
    /// A kind of software interrupt.
    Softirq: "hi, timer, net_tx, net_rx, block, irq_poll, tasklet, sched, hrtimer or rcu" {
        hi = 0,
        timer = 1,
        net_tx = 2,
        net_rx = 3,
        block = 4,
        irq_poll = 5,
        tasklet = 6,
        sched = 7,
        hrtimer = 8,
        rcu = 9,
    }
}
words! {
    /// Why the kernel writes dirty pages back.
    WritebackReason: "background, vmscan, sync, periodic, laptop_timer, fs_free_space, forker_thread or foreign_flush" {
        background = 1,
        vmscan = 2,
        sync = 3,
        periodic = 4,
        laptop_timer = 5,
        fs_free_space = 6,
        forker_thread = 7,
        foreign_flush = 8,
    }
}
words! {
    /// What became of a signal that was sent.
    Outcome: "delivered, ignored, already_pending, overflow or lose_info" {
        delivered = 0,
        ignored = 1,
        already_pending = 2,
        overflow = 3,
        lose_info = 4,
    }
}
words! {
    /// Why rows or events are missing.
    Reason: "ring, queue, busy, switch or stack" {
        ring = 1,
        queue = 2,
        busy = 3,
        switch = 4,
        stack = 5,
    }
}
