//! Drains the per-CPU rings: by timer, or earlier when one is half full.

use std::time::Duration;

use anyhow::Result;
use libbpf_rs::{MapHandle, RingBuffer, RingBufferBuilder};

/// The pause between two drains; records are rows of history, nobody waits for them.
const PAUSE: Duration = Duration::from_millis(50);

pub struct Rings<'a>(RingBuffer<'a>);

impl<'a> Rings<'a> {
    /// Every record of every ring goes to `take`, in the order of its ring.
    pub fn new(rings: &'a [MapHandle], take: &'a dyn Fn(&[u8])) -> Result<Self> {
        let mut builder = RingBufferBuilder::new();
        for ring in rings {
            builder.add(ring, move |record| {
                take(record);
                0
            })?;
        }
        Ok(Self(builder.build()?))
    }

    /// Waits for the timer or a half-full ring, then drains them all.
    pub fn drain(&self) {
        // A signal may interrupt the wait; what is there is taken all the same.
        let _ = self.0.poll_raw(PAUSE);
        self.drain_now();
    }

    pub fn drain_now(&self) {
        let _ = self.0.consume_raw();
    }
}
