//! What is to become of each class of content.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::beginning;
use crate::failure::Failure;

/// The default policy, with every field explained.
pub const DEFAULT: &str = include_str!("policy.toml");

/// Bytes of a policy file at most.
const LONGEST: usize = 1 << 20;

/// Declares what may become of something; the first is the default.
macro_rules! fates {
    ($($name:ident { $first:ident $(, $other:ident)* })*) => {$(
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            #[default]
            $first,
            $($other),*
        }
    )*};
}

fates! {
    Fate { Hash, Keep }
    ArgumentFate { Hash, Drop, Keep }
    AddressFate { Hash, Prefix, Keep }
    PortFate { Keep, Drop }
    SymbolFate { Known, Hash, Keep }
    LogFate { Drop, Keep }
}

/// See `policy.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub commands: Fate,
    pub arguments: ArgumentFate,
    pub paths: Fate,
    pub addresses: AddressFate,
    pub ports: PortFate,
    pub symbols: SymbolFate,
    pub build_ids: Fate,
    pub devices: Fate,
    pub log: LogFate,
    pub users: Fate,
    pub containers: Fate,
    pub inodes: Fate,
    pub memory: Fate,
    pub host: Fate,
    #[serde(skip_serializing)]
    pub words: BTreeSet<String>,
}

impl Policy {
    /// Reads a policy file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let hint = "`afterwake redact --print-policy` prints the default one";
        let about = path.display();
        let bytes = beginning(path, LONGEST + 1).map_err(|error| error.to_string());
        let text = bytes.and_then(|bytes| match bytes.len() {
            0..=LONGEST => String::from_utf8(bytes).map_err(|error| error.to_string()),
            _ => Err("it is too long for one".to_owned()),
        });
        let text = text.map_err(|error| {
            Failure::usage(format!("the policy {about} cannot be read: {error}")).hint(hint)
        })?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            let what = error.message().lines().collect::<Vec<_>>().join(", ");
            Failure::usage(format!("the policy {about} makes no sense in line {line}: {what}"))
                .hint(hint)
        })
    }

    /// What became of each class, for the manifest; the words that stay are not repeated there.
    pub fn fates(&self) -> BTreeMap<String, String> {
        let fields = serde_json::to_value(self).unwrap_or_default();
        let fate = |(class, fate): (&String, &serde_json::Value)| {
            Some((class.clone(), fate.as_str()?.to_owned()))
        };
        fields.as_object().into_iter().flatten().filter_map(fate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_says_everything_and_what_is_done_without_it() {
        let written: Policy = toml::from_str(DEFAULT).unwrap();
        assert_eq!(written, Policy::default());
        let fields = toml::from_str::<toml::Table>(DEFAULT).unwrap();
        assert_eq!(fields.len(), written.fates().len() + 1, "the default leaves a field out");
    }
}
