//! One CPU's ring of perf records: a pair of counters and a circle of bytes shared with the kernel.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::event::HEADER;
use crate::perf_event::{self, Attributes, TYPE_SOFTWARE};

/// Byte positions in the first page (`struct perf_event_mmap_page`).
const HEAD: usize = 1024;
const TAIL: usize = 1032;

const COUNT_DUMMY: u64 = 9;
const SAMPLE_TIME: u64 = 1 << 2;
const FLAG_MMAP: u64 = 1 << 8;
const FLAG_COMM: u64 = 1 << 9;
const FLAG_TASK: u64 = 1 << 13;
const FLAG_WATERMARK: u64 = 1 << 14;
const FLAG_SAMPLE_ID_ALL: u64 = 1 << 18;
const FLAG_MMAP2: u64 = 1 << 23;
const FLAG_COMM_EXEC: u64 = 1 << 24;
const FLAG_USE_CLOCK: u64 = 1 << 25;

/// The ring of one CPU.
pub struct Ring {
    memory: NonNull<u8>,
    page: usize,
    /// Bytes of the circle, a power of two.
    size: usize,
    /// Where the record being read is put together when it wraps.
    scratch: Vec<u8>,
    _event: OwnedFd,
}

impl Ring {
    /// Watches mappings, programs and processes on `cpu`, with a circle of `pages` pages.
    pub fn open(cpu: i32, pages: usize) -> io::Result<Self> {
        let attributes = Attributes {
            kind: TYPE_SOFTWARE,
            config: COUNT_DUMMY,
            sample_type: SAMPLE_TIME,
            flags: FLAG_MMAP
                | FLAG_COMM
                | FLAG_TASK
                | FLAG_WATERMARK
                | FLAG_SAMPLE_ID_ALL
                | FLAG_MMAP2
                | FLAG_COMM_EXEC
                | FLAG_USE_CLOCK,
            // Nobody sleeps on the ring.
            wakeup_events: u32::MAX,
            clock: libc::CLOCK_MONOTONIC,
            ..Attributes::default()
        };
        let event = perf_event::open(attributes, cpu)?;
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        let size = page * pages;
        // SAFETY: a new mapping at an address the kernel chooses.
        let memory = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                page + size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                event.as_raw_fd(),
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = NonNull::new(memory.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { memory, page, size, scratch: Vec::new(), _event: event })
    }

    /// Calls `each` with every record that is complete, oldest first, and frees their room.
    ///
    /// False where the bytes are no records; those up to the newest are then given up.
    pub fn drain(&mut self, mut each: impl FnMut(&[u8])) -> bool {
        let mut sound = true;
        let head = self.counter(HEAD).load(Ordering::Acquire);
        let mut tail = self.counter(TAIL).load(Ordering::Relaxed);
        while head.wrapping_sub(tail) >= HEADER as u64 {
            self.copy(tail, HEADER);
            let size = usize::from(u16::from_ne_bytes([self.scratch[6], self.scratch[7]]));
            if size < HEADER || size as u64 > head.wrapping_sub(tail) {
                tail = head;
                sound = false;
                break;
            }
            self.copy(tail, size);
            each(&self.scratch);
            tail = tail.wrapping_add(size as u64);
        }
        fence(Ordering::SeqCst);
        self.counter(TAIL).store(tail, Ordering::Release);
        sound
    }

    fn counter(&self, at: usize) -> &AtomicU64 {
        // SAFETY: both counters lie, aligned, in the first page, which lives as long as `self`.
        unsafe { AtomicU64::from_ptr(self.memory.as_ptr().add(at).cast()) }
    }

    /// Copies `count` bytes of the circle, which is at most its size, to the scratch.
    fn copy(&mut self, position: u64, count: usize) {
        let start = position as usize & (self.size - 1);
        let straight = count.min(self.size - start);
        self.scratch.clear();
        // SAFETY: `start + straight` and `count - straight` are at most `size`, the bytes after the
        // first page, and the kernel writes only beyond the head, which `drain` does not reach.
        unsafe {
            let data = self.memory.as_ptr().add(self.page);
            self.scratch.extend_from_slice(std::slice::from_raw_parts(data.add(start), straight));
            self.scratch.extend_from_slice(std::slice::from_raw_parts(data, count - straight));
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: unmaps what `open` mapped, once.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), self.page + self.size) };
    }
}
