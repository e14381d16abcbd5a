//! Sleeping on a word, and a lock and a barrier made of it whose wakeups are known exactly.
//!
//! The standard ones would do, were it not that a lock may be taken over by a thread that never
//! slept, and that a barrier of two futexes wakes twice.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

fn wait(word: &AtomicU32, value: u32) {
    // SAFETY: the word outlives the call; no timeout is given.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            value,
            std::ptr::null::<libc::timespec>(),
        );
    }
}

fn wake(word: &AtomicU32, count: u32) {
    // SAFETY: as above.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
        );
    }
}

/// A lock that threads get in the order in which they came; at most as many as it has slots.
#[derive(Default)]
pub struct Queue {
    next: AtomicU32,
    /// The ticket that is served, in the slot of that ticket, so that one unlock wakes one thread.
    served: [AtomicU32; 8],
}

impl Queue {
    fn slot(&self, ticket: u32) -> &AtomicU32 {
        &self.served[ticket as usize % self.served.len()]
    }

    /// Waits for its turn and returns the ticket to unlock with.
    pub fn lock(&self) -> u32 {
        let ticket = self.next.fetch_add(1, SeqCst);
        loop {
            let served = self.slot(ticket).load(SeqCst);
            // Every slot starts with 0, which is the first ticket.
            if served == ticket {
                return ticket;
            }
            wait(self.slot(ticket), served);
        }
    }

    pub fn unlock(&self, ticket: u32) {
        let next = ticket + 1;
        self.slot(next).store(next, SeqCst);
        wake(self.slot(next), 1);
    }
}

/// A meeting point of `size` threads; all but the last to arrive sleep, each once.
pub struct Meeting {
    size: u32,
    arrived: AtomicU32,
    round: AtomicU32,
}

impl Meeting {
    pub fn new(size: u32) -> Self {
        Self { size, arrived: AtomicU32::new(0), round: AtomicU32::new(0) }
    }

    pub fn meet(&self) {
        let round = self.round.load(SeqCst);
        if self.arrived.fetch_add(1, SeqCst) + 1 == self.size {
            self.arrived.store(0, SeqCst);
            self.round.store(round + 1, SeqCst);
            wake(&self.round, u32::MAX >> 1);
        } else {
            while self.round.load(SeqCst) == round {
                wait(&self.round, round);
            }
        }
    }
}
