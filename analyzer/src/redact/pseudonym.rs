//! The pseudonym of each kind of name; `None` where it stays as it is.

use std::collections::BTreeSet;

use super::key::Key;
use super::policy::{ArgumentFate, Fate, LogFate, Policy, SymbolFate};
use super::{address, public};

/// Sentences of the recorder, of `cut` and of `pack` that say nothing but what they say.
const REMARKS: [&str; 9] = [
    "has no symbol table",
    "no permission to read the file",
    "the file was gone before it could be read",
    "the file was replaced before it could be read",
    "without cycles and instructions: this machine gives no hardware counters",
    "more distinct frames than are kept: the newest have no names",
    "it was not chosen",
    "left out by the cut",
    "because it was damaged",
];
/// What `pack` says, with a size behind it.
const BEFORE_SIZE: &str = "to keep it below ";
/// Stands for the others.
const REMARK: &str = "a remark that was redacted";

/// Kernel threads that carry a name somebody chose; it follows these.
const NAMED_THREADS: [&str; 17] = [
    "wg-crypt-",
    "napi/",
    "irq/",
    "jbd2/",
    "dmcrypt_write/",
    "drbd_w_",
    "drbd_r_",
    "drbd_a_",
    "gfs2_logd/",
    "gfs2_quotad/",
    "ocfs2dc-",
    "ocfs2rec-",
    "ocfs2cmt-",
    "o2hb-",
    "bch-copygc/",
    "bch-reclaim/",
    "bch-rebalance/",
];

/// Gives every name its pseudonym.
pub struct Pseudonyms {
    pub key: Key,
    pub policy: Policy,
    /// Names of kernel threads of this recording.
    pub kernel_threads: BTreeSet<String>,
}

impl Pseudonyms {
    fn stays(&self, word: &str) -> bool {
        word.is_empty() || self.policy.words.contains(word)
    }

    /// `PREFIX-TAG` where the word does not stay.
    pub fn word(&self, prefix: &str, word: &str) -> Option<String> {
        (!self.stays(word)).then(|| format!("{prefix}-{}", self.key.tag(word)))
    }

    pub fn command(&self, name: &str) -> Option<String> {
        if self.policy.commands == Fate::Keep {
            return None;
        }
        if !self.kernel_threads.contains(name) || is_of_server(name) {
            return self.word("cmd", name);
        }
        let start = NAMED_THREADS.iter().find(|start| name.starts_with(**start))?;
        let device = self.device(&name[start.len()..])?;
        Some(format!("{start}{device}"))
    }

    /// The arguments, the program first; those that are paths are treated as paths.
    pub fn arguments<'a>(&self, arguments: impl Iterator<Item = &'a str>) -> Vec<Option<String>> {
        let one = |(place, argument): (usize, &str)| match self.policy.arguments {
            ArgumentFate::Keep => None,
            ArgumentFate::Drop if place > 0 => Some(String::new()),
            _ if place == 0 || self.is_path(argument) => self.path(argument),
            _ => self.argument(argument),
        };
        arguments.enumerate().map(one).collect()
    }

    /// A path, and not a line for a shell that begins with one.
    fn is_path(&self, argument: &str) -> bool {
        let is_of_line = |letter: char| letter.is_whitespace() || ";|&".contains(letter);
        !argument.contains(is_of_line)
            && ["/", "./", "../"].iter().any(|start| argument.starts_with(start))
    }

    /// An option of one letter stays; longer ones may carry a value.
    pub fn argument(&self, argument: &str) -> Option<String> {
        let letter = argument.strip_prefix('-').unwrap_or(argument);
        let is_option = argument.starts_with('-') && letter.len() <= 1 && letter.is_ascii();
        if is_option { None } else { self.word("arg", argument) }
    }

    /// A path or a file name, part by part.
    pub fn path(&self, path: &str) -> Option<String> {
        if self.policy.paths == Fate::Keep {
            return None;
        }
        let last = path.trim_end_matches('/').matches('/').count();
        let in_proc = path.starts_with("/proc/") || path.starts_with("/dev/");
        let mut changed = false;
        let parts = path.split('/').enumerate().map(|(place, part)| {
            let is_number = part.len() <= 7 && part.bytes().all(|byte| byte.is_ascii_digit());
            let stays = self.stays(part) || public::part(part) || [".", ".."].contains(&part);
            if stays || (in_proc && is_number) {
                return part.to_owned();
            }
            changed = true;
            let (kind, ending) =
                if place == last { ("f", public::ending(part)) } else { ("d", "") };
            format!("{kind}-{}{ending}", self.key.tag(part))
        });
        let parts: Vec<_> = parts.collect();
        changed.then(|| parts.join("/"))
    }

    pub fn mapped_file(&self, path: &str) -> Option<String> {
        if public::module(path) { None } else { self.path(path) }
    }

    /// Everybody has this file. Code made at run time, and programs loaded into the kernel, are somebody's own.
    pub fn is_public(&self, path: &str) -> bool {
        let kept = path.split('/').all(|part| part.is_empty() || public::part(part));
        public::module(path) && !["[anon]", "[bpf]"].contains(&path)
            || path.starts_with('/') && kept
    }

    /// A function of a module that everybody has, or of one that not everybody has.
    pub fn symbol(&self, name: &str, is_public: bool) -> Option<String> {
        let stays = match self.policy.symbols {
            SymbolFate::Keep => true,
            SymbolFate::Known => is_public || public::function(name),
            SymbolFate::Hash => false,
        };
        if stays { None } else { self.word("fn", name) }
    }

    pub fn build_id(&self, id: &str, is_public: bool) -> Option<String> {
        let is_id = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.policy.build_ids == Fate::Keep || self.stays(id) || is_public && is_id {
            return None;
        }
        Some(self.key.digits("build id", id, 40))
    }

    /// The words of a name of the kernel's, each for itself.
    pub fn device(&self, name: &str) -> Option<String> {
        if self.policy.devices == Fate::Keep || self.stays(name) {
            return None;
        }
        self.words("dev", name, public::device)
    }

    /// `eth0.rx_bytes`, `Tcp.ActiveOpens`, `MemFree`.
    pub fn counter(&self, key: &str) -> Option<String> {
        if self.policy.devices == Fate::Keep {
            return None;
        }
        let (owner, item) = key.rsplit_once('.').unwrap_or(("", key));
        if public::counter(owner, item) {
            return None;
        }
        let owned = self.device(owner);
        let named = self.word("dev", item).filter(|_| !public::counted(item));
        if owned.is_none() && named.is_none() {
            return None;
        }
        let item = named.as_deref().unwrap_or(item);
        let owner = owned.as_deref().unwrap_or(owner);
        Some(if owner.is_empty() { item.to_owned() } else { format!("{owner}.{item}") })
    }

    pub fn system_call(&self, name: &str) -> Option<String> {
        if public::system_call(name) { None } else { self.word("call", name) }
    }

    pub fn remark(&self, text: &str) -> Option<String> {
        let stays = text.is_empty()
            || REMARKS.contains(&text)
            || text.strip_prefix(BEFORE_SIZE).is_some_and(public::size);
        (!stays).then(|| REMARK.to_owned())
    }

    pub fn free_text(&self, text: &str) -> Option<String> {
        (self.policy.log == LogFate::Drop && !text.is_empty()).then(String::new)
    }

    pub fn address(&self, text: &str) -> Option<String> {
        if self.stays(text) { None } else { address::endpoint(self, text) }
    }

    /// Replaces the words that are not public, and leaves what stands between them.
    pub fn words(&self, prefix: &str, text: &str, is_public: fn(&str) -> bool) -> Option<String> {
        let is_between =
            |letter: char| letter.is_ascii() && !letter.is_alphanumeric() && letter != '_';
        let mut result = String::new();
        let mut changed = false;
        for piece in text.split_inclusive(is_between) {
            let word = piece.trim_end_matches(is_between);
            let between = &piece[word.len()..];
            let pseudonym = if is_public(word) { None } else { self.word(prefix, word) };
            changed |= pseudonym.is_some();
            result += pseudonym.as_deref().unwrap_or(word);
            result += between;
        }
        changed.then_some(result)
    }
}

/// The thread of an NFS mount: the address of the server and `-manager`, as much of it as 15 letters hold.
fn is_of_server(thread: &str) -> bool {
    !thread.contains('/') && ['.', ':'].iter().any(|between| thread.matches(*between).count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Pseudonyms {
        Pseudonyms {
            key: Key::random().unwrap(),
            policy: Policy::default(),
            kernel_threads: [
                "kswapd0",
                "kdamond.0",
                "napi/acme0-9",
                "irq/24-eth0",
                "192.0.2.7-manag",
            ]
            .map(String::from)
            .into(),
        }
    }

    #[test]
    fn kernel_threads_keep_their_names_but_not_those_of_devices() {
        let names = names();
        assert_eq!(names.command("kswapd0"), None);
        assert_eq!(names.command("kdamond.0"), None);
        assert!(names.command("192.0.2.7-manag").unwrap().starts_with("cmd-"));
        assert_eq!(names.command("irq/24-eth0"), None);
        let tag = names.key.tag("acme0");
        assert_eq!(names.command("napi/acme0-9"), Some(format!("napi/dev-{tag}-9")));
        assert_eq!(names.command("acme0"), Some(format!("cmd-{tag}")));
    }

    #[test]
    fn remarks_stay_where_nothing_but_a_size_is_in_them() {
        let names = names();
        for remark in ["", "left out by the cut", "to keep it below 1.26 MB"] {
            assert_eq!(names.remark(remark), None, "{remark}");
        }
        for remark in ["acme", "to keep it below acme", "to keep it below 25 acme"] {
            assert!(names.remark(remark).is_some(), "{remark}");
        }
    }

    #[test]
    fn a_part_has_the_same_tag_wherever_it_stands() {
        let names = names();
        let tag = names.key.tag("acme");
        assert_eq!(names.path("/srv/acme/acme"), Some(format!("/srv/d-{tag}/f-{tag}")));
        assert_eq!(names.path("/srv/acme/"), Some(format!("/srv/f-{tag}/")));
        assert_eq!(names.path("/proc/812/status"), None);
        assert!(names.path("/srv/812").is_some());
        assert_eq!(names.device("anon_inodefs"), None);
        assert_eq!(names.counter("acme.rx_bytes"), Some(format!("dev-{tag}.rx_bytes")));
        assert_eq!(names.counter("Tcp.ActiveOpens"), None);
        let arguments = names.arguments(["acme", "-v", "--", "-pacme", "/srv/acme"].into_iter());
        assert_eq!(arguments[0], Some(format!("f-{tag}")));
        assert_eq!(arguments[1..3], [None, None]);
        assert_eq!(arguments[3], Some(format!("arg-{}", names.key.tag("-pacme"))));
        assert_eq!(arguments[4], Some(format!("/srv/f-{tag}")));
    }
}
