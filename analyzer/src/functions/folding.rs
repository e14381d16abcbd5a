//! Stacks as the parts of a folded line.

use super::names::Stacks;

/// How the parts are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// `-` between kernel and user frames.
    pub delimiter: bool,
    /// `_[k]` behind kernel frames.
    pub annotate: bool,
}

/// The stack of a target: user frames and then kernel frames, each from root to leaf.
pub fn target(stacks: &Stacks, ustack: i64, kstack: i64, style: Style) -> String {
    let mut text = String::new();
    for frame in stacks.frames(ustack).rev() {
        push(&mut text, frame, style);
    }
    delimit(&mut text, stacks, kstack, style);
    for frame in stacks.frames(kstack).rev() {
        push(&mut text, frame, style);
    }
    text
}

/// The stack of a waker: upside down, so that it meets the target's at the wakeup.
pub fn waker(stacks: &Stacks, kstack: i64, ustack: i64, style: Style) -> String {
    let mut text = String::new();
    for frame in stacks.frames(kstack) {
        push(&mut text, frame, style);
    }
    delimit(&mut text, stacks, ustack, style);
    for frame in stacks.frames(ustack) {
        push(&mut text, frame, style);
    }
    text
}

fn delimit(text: &mut String, stacks: &Stacks, next: i64, style: Style) {
    if style.delimiter && !text.is_empty() && stacks.frames(next).next().is_some() {
        text.push_str(";-");
    }
}

fn push(text: &mut String, (frame, kernel): (&str, bool), style: Style) {
    if !text.is_empty() {
        text.push(';');
    }
    text.push_str(frame);
    if style.annotate && kernel {
        text.push_str("_[k]");
    }
}
