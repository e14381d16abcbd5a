//! Who waited for whom: chains of wakeups over all recorded waits.
//!
//! [`index`] keeps every wait in 20 bytes, found by thread and time or by thread and `seq`.
//! [`whole`] follows a wait from waker to waker and bills all of it to the path;
//! [`resolved`] divides it among the threads that it really waited for. Both add into [`paths`]
//! while they walk. Nothing here knows about SQL or symbols.

pub mod coverage;
mod hash;
pub mod index;
pub mod paths;
pub mod resolved;
pub mod roots;
pub mod segments;
pub mod site;
pub mod wait;
pub mod whole;

pub use coverage::Coverage;
pub use index::{Builder, Index};
pub use paths::{Label, Leaf};
pub use roots::{Choice, Limits};
pub use site::{Kind, Site, Waker};
pub use wait::Wait;

#[cfg(test)]
mod micro_traces;
