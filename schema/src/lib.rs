//! What a stream is, and what a recording is.
//!
//! The recorder and the analyzer meet here and nowhere else. Every stream is declared once, in
//! [`streams`]; the C header of the probes, the decoder of ring records, the Arrow schema, the
//! Parquet encodings and the reference page all follow from that declaration.

pub mod encoding;
pub mod header;
pub mod kind;
pub mod private;
pub mod recording;
pub mod reference;
pub mod segment;
mod stream;
pub mod streams;

pub use kind::{Column, Content, Encoding, Kind};
pub use stream::{Identify, Identity, Row, Source, Stream};
