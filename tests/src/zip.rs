//! Zip files made by hand, which may say of themselves what is not true.

/// A member: what is stored, and what is said of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: Vec<u8>,
    pub data: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub method: u16,
    pub flags: u16,
    /// Size that is stated, where it is not that of the data.
    pub size: Option<u32>,
    /// Where the list of members says that it begins, where that is not so.
    pub offset: Option<u32>,
}

impl Entry {
    pub fn new(name: impl AsRef<[u8]>, data: impl Into<Vec<u8>>) -> Self {
        let (name, data) = (name.as_ref().to_vec(), data.into());
        Self { name, data, method: 0, flags: 0, size: None, offset: None }
    }
}

/// The file of these members, in this order.
pub fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for entry in entries {
        let begin = entry.offset.unwrap_or(file.len() as u32);
        // Version, flags, method, time, CRC-32, sizes, lengths of name and extra field: the same in both headers.
        let mut fields = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0x21] {
            fields.extend(number.to_le_bytes());
        }
        let stated = entry.size.unwrap_or(entry.data.len() as u32);
        for number in [crc32(&entry.data), stated, stated] {
            fields.extend(number.to_le_bytes());
        }
        fields.extend((entry.name.len() as u16).to_le_bytes());
        fields.extend([0; 2]);
        file.extend(b"PK\x03\x04");
        file.extend(&fields);
        file.extend(&entry.name);
        file.extend(&entry.data);
        list.extend(b"PK\x01\x02\x14\x03");
        list.extend(&fields);
        list.extend([0; 10]);
        list.extend(begin.to_le_bytes());
        list.extend(&entry.name);
    }
    let (begin, count) = (file.len() as u32, (entries.len() as u16).to_le_bytes());
    let size = list.len() as u32;
    file.extend(list);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend(size.to_le_bytes());
    file.extend(begin.to_le_bytes());
    file.extend([0; 2]);
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let shift = |sum: u32, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        (0..8).fold(sum ^ u32::from(*byte), shift)
    };
    !bytes.iter().fold(!0, step)
}
