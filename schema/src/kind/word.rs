//! Closed sets of words, and the smallest of them: true and false.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray};
use arrow::datatypes::DataType;

use super::{Encoding, Kind, Reader};

/// True or false.
pub struct Flag;

impl Kind for Flag {
    type Value = bool;
    const C: &'static str = "__u8";
    const SIZE: usize = 1;
    const ALIGN: usize = 1;
    const ENCODING: Encoding = Encoding::Plain;

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
    /// Why rows or events are missing.
    Reason: "ring, queue, busy, switch or stack" {
        ring = 1,
        queue = 2,
        busy = 3,
        switch = 4,
        stack = 5,
    }
}
