//! `pack.json`: what a pack holds, and what was left out of it.

use afterwake_schema::recording::LeftOut;
use serde::{Deserialize, Serialize};

/// The member that holds it.
pub const NAME: &str = "pack.json";
pub const FORMAT: u32 = 1;
/// What is read of it at most: the lines of hundreds of thousands of members.
pub const LARGEST: u64 = 64 << 20;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// The number that a reader checks first. Fields are added without raising it.
    pub format: u32,
    /// `afterwake` and its version.
    pub tool: String,
    /// Everything in the pack but the inventory itself.
    pub members: Vec<Item>,
    /// What `recording.json` counts and the pack does not hold.
    pub left_out: Vec<LeftOut>,
}

/// A member of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    pub name: String,
    pub size: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
    /// Rows of a segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

impl Inventory {
    /// # Errors
    /// Why the text is no inventory.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let inventory: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        match inventory.format {
            FORMAT => Ok(inventory),
            found => Err(format!("format {found} is not the format {FORMAT} this version reads")),
        }
    }
}
