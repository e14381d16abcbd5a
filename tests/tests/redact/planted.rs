//! A recording with a secret in every column that can hold one, and the search for what is left of them.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;

use afterwake_schema::recording::{
    Clock, Cut, FORMAT, Host, LeftOut, Manifest, Options, StreamState,
};
use afterwake_schema::streams::ALL;
use afterwake_schema::{Content, Stream, segment};
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use crate::bytes;

const V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);
const V6: Ipv6Addr = Ipv6Addr::new(0x2a02, 0x26f0, 0xdead, 0xbeef, 0xcafe, 0x1234, 0x5678, 0x9abc);
const USER: i64 = 1_234_567_891;
const CONTAINER: i64 = 98_765_432_109_871;
const NAMESPACE: i64 = 3_123_456_789;
const INODE: i64 = 55_443_322_110_099;
const ADDRESS: i64 = 0x7fed_cba9_8765_4321;
/// Rows of each table that hold secrets.
pub const ROWS: usize = 8;

pub fn secret(table: &str, column: &str) -> String {
    format!("Zq{table}{column}qZ").replace('_', "")
}

/// The secret of a text column, in the shapes that names come in.
fn texts(content: Content, secret: &str) -> Vec<String> {
    let device = matches!(content, Content::Counter);
    let shapes: [String; ROWS] = match content {
        Content::Address => [
            format!("{V4}:8443"),
            format!("[{V6}]:8443"),
            format!("[::ffff:{V4}]:8443"),
            format!("unix:@{secret}"),
            format!("unix:/run/{secret}/{secret}.{secret}"),
            secret.to_owned(),
            format!("netlink:{secret}"),
            format!("family:{secret}"),
        ],
        _ => [
            // Every counter of the kernel's is a word by itself: those of devices have their names in front.
            if device { format!("{secret}.reads") } else { secret.to_owned() },
            format!("/{secret}/usr/{secret}.{secret}"),
            format!("{secret}.100.rx_bytes"),
            format!("[{secret}]"),
            format!("irq/24-{secret}"),
            format!("--{secret}={secret}"),
            format!("lib{secret}.so.6"),
            format!("on_{secret} kernel stacks {secret}"),
        ],
    };
    shapes.to_vec()
}

/// A column full of secrets, by what the schema says is in it.
fn planted(stream: &Stream, name: &str, content: Content, data_type: &DataType) -> ArrayRef {
    let numbers = |number: i64| Int64Array::from(vec![number; ROWS]);
    let number = match content {
        Content::User | Content::CallArgument => USER,
        Content::Container if name == "cgroup" => CONTAINER,
        Content::Container => NAMESPACE,
        Content::Inode => INODE,
        Content::CodeAddress | Content::Offset => ADDRESS,
        _ => 1,
    };
    let texts = texts(content, &secret(stream.name, name));
    match data_type {
        DataType::Utf8 => Arc::new(StringArray::from(texts)),
        DataType::List(item) if item.data_type() == &DataType::Utf8 => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for _ in 0..ROWS {
                texts.iter().for_each(|text| lists.values().append_value(text));
                lists.append(true);
            }
            Arc::new(lists.finish())
        }
        DataType::List(_) => {
            let mut lists = ListBuilder::new(arrow::array::Int64Builder::new());
            (0..ROWS).for_each(|_| lists.append_value([Some(1)]));
            Arc::new(lists.finish())
        }
        DataType::Boolean => Arc::new(BooleanArray::from(vec![false; ROWS])),
        other => cast(&numbers(number), other).expect("a number"),
    }
}

/// A recording with a secret in every column that can hold one, and in every field of its manifest.
pub fn sensitive(directory: &Path) -> Vec<String> {
    let mut secrets = Vec::new();
    for stream in ALL {
        let columns: Vec<_> = stream.columns();
        let arrays = columns
            .iter()
            .map(|column| planted(stream, column.name, column.content, &column.data_type));
        let batch = RecordBatch::try_new(stream.arrow(), arrays.collect()).expect("the columns");
        segment::write(directory, stream, 0, &batch).expect("the directory is writable");
        let texts = columns.iter().filter(|column| match &column.data_type {
            DataType::List(item) => item.data_type() == &DataType::Utf8,
            other => other == &DataType::Utf8,
        });
        secrets.extend(texts.map(|column| secret(stream.name, column.name)));
    }
    let mut told = |name: &str| {
        secrets.push(secret("manifest", name));
        secret("manifest", name)
    };
    let option = told("option");
    let manifest = Manifest {
        format: FORMAT,
        uuid: told("uuid"),
        tool: told("tool"),
        command: ["program", "value", "argument"].map(&mut told).to_vec(),
        host: Host {
            name: told("host"),
            kernel: format!("6.1.0-{}", told("kernel")),
            machine: told("machine"),
            os: format!("Debian {}", told("os")),
            ..Host::default()
        },
        clock: Clock { start_ns: 1, stop_ns: Some(2), ..Clock::default() },
        options: Options {
            profile: told("profile"),
            minimum_ns: [(told("minimum"), 1)].into(),
            ..Options::default()
        },
        streams: vec![StreamState { name: told("stream"), on: true, note: Some(told("note")) }],
        rows: [(told("rows"), 1)].into(),
        cut: Some(Cut {
            uuid: told("cutuuid"),
            name: told("cutname"),
            streams: vec![told("cutstream")],
            damage: vec![told("cutdamage")],
            ..Cut::default()
        }),
        left_out: vec![LeftOut { table: told("table"), why: told("why"), ..LeftOut::default() }],
        ..Manifest::default()
    };
    let mut manifest = manifest;
    manifest.command.insert(1, format!("--output={option}"));
    manifest.command.insert(3, "--".into());
    manifest.write(directory, true).expect("the directory is writable");
    secrets
}

/// Names of the secrets that are found in a recording.
pub fn leaks(recording: &Path, secrets: &[String]) -> BTreeSet<String> {
    let mut needles: Vec<(String, Vec<u8>)> =
        secrets.iter().map(|secret| (secret.clone(), secret.clone().into_bytes())).collect();
    needles.push(("IPv4".into(), V4.to_string().into_bytes()));
    needles.push(("IPv4 in binary".into(), V4.octets().to_vec()));
    needles.push(("IPv4 in binary, reversed".into(), V4.octets().iter().rev().copied().collect()));
    needles.push(("IPv6".into(), V6.to_string().into_bytes()));
    needles.push(("IPv6 in binary".into(), V6.octets().to_vec()));
    for (name, number) in [
        ("user", USER),
        ("container", CONTAINER),
        ("namespace", NAMESPACE),
        ("inode", INODE),
        ("address", ADDRESS),
    ] {
        needles.push((format!("{name} in decimal"), number.to_string().into_bytes()));
        needles.push((format!("{name} in binary"), number.to_le_bytes().to_vec()));
    }
    let all = bytes::of(recording);
    let found = needles.into_iter().filter(|(_, needle)| {
        all.iter().any(|bytes| bytes.len() >= needle.len() && bytes::holds(bytes, needle))
    });
    found.map(|(name, _)| name).collect()
}
