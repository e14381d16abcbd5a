//! What every stream has in common, and the macro that declares them.

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use std::sync::Arc;

use crate::kind::Column;

/// Who writes a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A probe, through the ring.
    Kernel,
    /// The recorder, about what it saw or about itself.
    Recorder,
}

/// One declared stream, which is one table of a recording.
#[derive(Debug)]
pub struct Stream {
    pub name: &'static str,
    /// The number that opens its records on the ring; 0 where it has none.
    pub number: u32,
    pub source: Source,
    pub doc: &'static str,
    /// The columns by which the rows of a segment are ordered.
    pub order: &'static [&'static str],
    /// The declared fields, without those that the identity join adds.
    pub fields: fn() -> Vec<Column>,
    /// C declarations `(type, name, suffix, size, alignment)` of the ring record.
    pub layout: fn() -> Vec<Member>,
}

/// One member of a C record.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub c: &'static str,
    pub name: &'static str,
    pub suffix: &'static str,
    pub size: usize,
    pub align: usize,
}

impl Stream {
    /// The columns as stored: `thread` is followed by the `tid`, `pid` and `comm` it had.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        let joins = self.name != "thread";
        for column in (self.fields)() {
            let is_thread = column.name == "thread";
            columns.push(column);
            if is_thread && joins {
                columns.extend(Identity::columns());
            }
        }
        columns
    }

    pub fn arrow(&self) -> SchemaRef {
        let fields: Vec<_> = self.columns().iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }
}

/// Who a thread was at some instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub tid: u32,
    pub pid: u32,
    pub comm: Arc<str>,
}

impl Identity {
    fn columns() -> [Column; 3] {
        use crate::kind::{Comm, Kind, Pid};
        [
            Pid::column("tid", "Thread id, in the initial PID namespace."),
            Pid::column("pid", "Process id (thread group), in the initial PID namespace."),
            Comm::column("comm", "Name of the thread at the time."),
        ]
    }

    /// The three identity columns for a run of `(thread, instant)` pairs.
    pub fn arrays(
        rows: impl Iterator<Item = (u32, u64)>,
        who: &dyn Identify,
    ) -> [arrow::array::ArrayRef; 3] {
        use arrow::array::{Int32Builder, StringBuilder};
        let (mut tid, mut pid, mut comm) =
            (Int32Builder::new(), Int32Builder::new(), StringBuilder::new());
        for (thread, ts) in rows {
            let identity = who.identify(thread, ts);
            tid.append_value(identity.tid as i32);
            pid.append_value(identity.pid as i32);
            comm.append_value(&identity.comm);
        }
        [Arc::new(tid.finish()), Arc::new(pid.finish()), Arc::new(comm.finish())]
    }
}

/// Tells who a thread was.
pub trait Identify {
    /// The identity of `thread` at `ts`; an empty one where the thread is not known.
    fn identify(&self, thread: u32, ts: u64) -> Identity;
}

/// One row of a stream.
pub trait Row: Clone + Default + PartialEq + std::fmt::Debug + Sized {
    const STREAM: &'static Stream;

    /// Decodes one ring record; `None` when it is too short or of another stream.
    fn decode(record: &[u8]) -> Option<Self>;
    /// The bytes of one ring record.
    fn encode(&self) -> Vec<u8>;
    /// The latest instant that the row states; 0 if it states none.
    fn latest(&self) -> u64;
    /// The order of rows inside a segment.
    fn order(&self) -> (u64, u64);
    /// Rows as a batch of the stream's Arrow schema, the identity joined.
    fn batch(rows: &[Self], who: &dyn Identify) -> RecordBatch;
}

/// Declares the streams: row types, descriptors and [`ALL`](crate::streams::ALL).
macro_rules! streams {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: $row:ident = $number:literal, $source:ident, order($first:ident $(, $second:ident)?) {
            $($(#[doc = $field_doc:literal])* $field:ident: $kind:ty,)*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $row {
                $($(#[doc = $field_doc])* pub $field: <$kind as Kind>::Value,)*
            }

            impl Row for $row {
                const STREAM: &'static Stream = &Stream {
                    name: stringify!($name),
                    number: $number,
                    source: Source::$source,
                    doc: concat!($($doc, "\n"),*),
                    order: &[stringify!($first) $(, stringify!($second))?],
                    fields: || vec![
                        $(<$kind>::column(stringify!($field), concat!($($field_doc),*)),)*
                    ],
                    layout: || vec![
                        $(Member {
                            c: <$kind as Kind>::C,
                            name: stringify!($field),
                            suffix: <$kind as Kind>::C_SUFFIX,
                            size: <$kind as Kind>::SIZE,
                            align: <$kind as Kind>::ALIGN,
                        },)*
                    ],
                };

                fn decode(record: &[u8]) -> Option<Self> {
                    let mut reader = Reader(record);
                    let number = Number::read(&mut reader)?;
                    if number != $number {
                        return None;
                    }
                    Some(Self { $($field: <$kind>::read(&mut reader)?,)* })
                }

                fn encode(&self) -> Vec<u8> {
                    let mut bytes = Vec::new();
                    Number::write(&$number, &mut bytes);
                    $(<$kind>::write(&self.$field, &mut bytes);)*
                    bytes
                }

                fn latest(&self) -> u64 {
                    [$(<$kind>::instant(&self.$field)),*].into_iter().flatten().max().unwrap_or(0)
                }

                fn order(&self) -> (u64, u64) {
                    (u64::from(self.$first), 0 $(+ u64::from(self.$second))?)
                }

                fn batch(rows: &[Self], who: &dyn Identify) -> RecordBatch {
                    let _ = who;
                    let mut arrays = Vec::new();
                    $(
                        arrays.extend([<$kind>::array(rows.iter().map(|row| &row.$field))]);
                        streams!(@identity $name $field rows who arrays);
                    )*
                    RecordBatch::try_new(Self::STREAM.arrow(), arrays)
                        .expect("the arrays and the schema come from one declaration")
                }
            }
        )*

        /// Every stream, in the order of declaration.
        pub const ALL: &[&Stream] = &[$(<$row as Row>::STREAM),*];

        /// Calls `$callback!` with every `name: Row` pair.
        #[macro_export]
        macro_rules! for_each_stream {
            ($callback:ident) => { $callback! { $($name: $row,)* } };
        }
    };
    (@identity thread $field:ident $rows:ident $who:ident $arrays:ident) => {};
    (@identity $name:ident thread $rows:ident $who:ident $arrays:ident) => {
        $arrays.extend(Identity::arrays(
            $rows.iter().map(|row| (row.thread, row.latest())),
            $who,
        ));
    };
    (@identity $name:ident $field:ident $rows:ident $who:ident $arrays:ident) => {};
}
pub(crate) use streams;
