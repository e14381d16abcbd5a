//! Parquet files made by hand, of one column of numbers, which declare more than they hold.

/// What such a file declares.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    pub rows: i64,
    /// Bytes of the page when it is decompressed.
    pub page_size: i64,
    /// Values of the dictionary; none where there is no dictionary.
    pub dictionary: Option<i64>,
    /// 0 plain, 5 delta, 6 delta lengths.
    pub encoding: i64,
    /// Row groups that the footer's list is said to have.
    pub groups: u64,
    /// Bytes of statistics that the page's header is said to have.
    pub statistics: Option<u64>,
    /// Structures in each other in the footer.
    pub nesting: usize,
    /// 0 as they are, 6 zstd.
    pub codec: i64,
}

impl Default for Declared {
    fn default() -> Self {
        Self {
            rows: 1,
            page_size: 8,
            dictionary: None,
            encoding: 0,
            groups: 1,
            statistics: None,
            nesting: 0,
            codec: 0,
        }
    }
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A file with the column `column` of 64-bit numbers.
pub fn file(column: &str, declared: Declared) -> Vec<u8> {
    let value = 7_i64.to_le_bytes();
    let mut bytes = b"PAR1".to_vec();
    let begin = bytes.len() as i64;
    if let Some(values) = declared.dictionary {
        let header = Fields::new().number(1, values).number(2, 0).end();
        bytes.extend(page(2, declared.page_size, 7, header, None));
        bytes.extend(value);
    }
    let data = bytes.len() as i64;
    let header = Fields::new().number(1, declared.rows).number(2, declared.encoding);
    let header = header.number(3, 3).number(4, 3).end();
    bytes.extend(page(0, declared.page_size, 5, header, declared.statistics));
    bytes.extend(value);
    let footer = footer(column, declared, begin, data, bytes.len() as i64 - begin);
    let length = (footer.len() as u32).to_le_bytes();
    bytes.extend(footer);
    bytes.extend(length);
    bytes.extend(b"PAR1");
    bytes
}

/// The header of a page that has 8 bytes.
fn page(kind: i64, size: i64, place: u8, own: Vec<u8>, statistics: Option<u64>) -> Vec<u8> {
    let mut own = own;
    if let Some(length) = statistics {
        own.pop();
        // Field 5 of the data page's header: statistics, whose first field is a binary.
        own.push(0x1c);
        own.push(0x18);
        own.extend(varint(length));
        own.extend([0, 0]);
    }
    Fields::new().number(1, kind).number(2, size).number(3, 8).raw(place, STRUCT, own).end()
}

fn footer(column: &str, declared: Declared, begin: i64, data: i64, length: i64) -> Vec<u8> {
    let root = Fields::new().text(4, "schema").number(5, 1).end();
    let leaf = Fields::new().number(1, 2).number(3, 0).text(4, column).end();
    let names = list(BINARY, 1, &[&varint(column.len() as u64)[..], column.as_bytes()].concat());
    let mut about = Fields::new()
        .number(1, 2)
        .raw(2, LIST, list(I32, 1, &varint(0)))
        .raw(3, LIST, names)
        .number(4, declared.codec)
        .long(5, declared.rows)
        .long(6, length)
        .long(7, length)
        .long(9, data);
    if declared.dictionary.is_some() {
        about = about.long(11, begin);
    }
    let chunk = Fields::new().long(2, begin).raw(3, STRUCT, about.end()).end();
    let group = Fields::new()
        .raw(1, LIST, list(STRUCT, 1, &chunk))
        .long(2, length)
        .long(3, declared.rows)
        .end();
    let mut footer = Fields::new()
        .number(1, 1)
        .raw(2, LIST, list(STRUCT, 2, &[root, leaf].concat()))
        .long(3, declared.rows)
        .raw(4, LIST, list(STRUCT, declared.groups, &group));
    if declared.nesting > 0 {
        let nested = [vec![0x1c; declared.nesting], vec![0; declared.nesting + 1]].concat();
        footer = footer.raw(15, STRUCT, nested);
    }
    footer.end()
}

/// The fields of a structure in Thrift's compact protocol.
struct Fields {
    bytes: Vec<u8>,
    last: u8,
}

impl Fields {
    fn new() -> Self {
        Self { bytes: Vec::new(), last: 0 }
    }

    fn raw(mut self, number: u8, kind: u8, value: Vec<u8>) -> Self {
        self.bytes.push((number - self.last) << 4 | kind);
        self.bytes.extend(value);
        self.last = number;
        self
    }

    fn number(self, number: u8, value: i64) -> Self {
        self.raw(number, I32, zigzag(value))
    }

    fn long(self, number: u8, value: i64) -> Self {
        self.raw(number, I64, zigzag(value))
    }

    fn text(self, number: u8, text: &str) -> Self {
        self.raw(number, BINARY, [&varint(text.len() as u64)[..], text.as_bytes()].concat())
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn list(kind: u8, count: u64, elements: &[u8]) -> Vec<u8> {
    [&[0xf0 | kind][..], &varint(count), elements].concat()
}

fn zigzag(value: i64) -> Vec<u8> {
    varint(((value << 1) ^ (value >> 63)) as u64)
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
