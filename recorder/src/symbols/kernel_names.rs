//! What kernel addresses are called.

use std::collections::BTreeMap;

use super::kallsyms;
use super::kernel_text::{FARTHEST, Layout};
use super::note;
use super::search::{Search, Symbol};

/// The address of a kernel symbol.
pub fn address_of(name: &str) -> Option<u64> {
    let mut address = None;
    kallsyms::each_of_this_kernel(|line| {
        if line.name == name && line.module.is_none() && line.address != 0 {
            address.get_or_insert(line.address);
        }
    })
    .ok()?;
    address
}

/// The symbol of a function of the kernel, with the suffix that the compiler may have given it.
pub fn function_of_this_kernel(name: &str) -> Option<String> {
    let mut symbol = None;
    let _ = kallsyms::each_of_this_kernel(|line| {
        if line.module.is_none() && line.is_code() && is_function(line.name, name) {
            symbol.get_or_insert_with(|| line.name.to_owned());
        }
    });
    symbol
}

/// Such as `finish_task_switch.isra.0`, but not its rarely run part, `finish_task_switch.cold`.
fn is_function(symbol: &str, name: &str) -> bool {
    let rest = symbol.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && !rest.ends_with(".cold"))
}

/// What a kernel address is called: function and module, `None` for the kernel itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub function: String,
    pub module: Option<String>,
}

/// The names of kernel addresses, which must be sorted.
pub fn names(wanted: &[u64]) -> std::io::Result<Vec<Option<Symbol<Named>>>> {
    let mut search = Search::new(wanted, |known: &Symbol<Named>, new| {
        underscores(&new.name.function) < underscores(&known.name.function)
    })
    .with_budget(1 << 22);
    kallsyms::each_of_this_kernel(|line| {
        if line.is_code() && line.address != 0 {
            search.unsized_until(line.address, line.address.saturating_add(FARTHEST), || {
                Some(Named { function: line.name.into(), module: line.module.map(Into::into) })
            });
        }
    })?;
    Ok(search.finish())
}

fn underscores(name: &str) -> usize {
    name.bytes().take_while(|byte| *byte == b'_').count()
}

/// Build ids and load addresses of the kernel (`None`) and its modules.
#[derive(Default)]
pub struct Images(BTreeMap<Option<String>, (String, u64)>);

impl Images {
    /// The build id in hexadecimal, empty if unknown, and the address its offsets count from.
    pub fn of(&mut self, module: Option<&str>) -> (&str, u64) {
        let key = module.map(str::to_owned);
        let (build_id, base) = self.0.entry(key).or_insert_with(|| match module {
            None => {
                let notes = std::fs::read("/sys/kernel/notes").unwrap_or_default();
                (note::build_id(&notes), Layout::of_this_kernel().core.start)
            }
            Some(name) => {
                let folder = format!("/sys/module/{name}");
                let notes = std::fs::read(format!("{folder}/notes/.note.gnu.build-id"));
                let text = std::fs::read_to_string(format!("{folder}/sections/.text"));
                let base = text.ok().and_then(|text| {
                    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
                });
                (note::build_id(&notes.unwrap_or_default()), base.unwrap_or(0))
            }
        });
        (build_id, *base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_kernel_has_names() {
        let Some(schedule) = address_of("schedule") else {
            return assert!(Layout::of_this_kernel().is_hidden());
        };
        let found = names(&[schedule, schedule + 1]).unwrap();
        for symbol in found {
            assert_eq!(symbol.unwrap().name, Named { function: "schedule".into(), module: None });
        }
        let (build_id, base) = (Images::default().of(None).0.len(), Images::default().of(None).1);
        assert!(base != 0 && base <= schedule && [0, 40].contains(&build_id));
    }
}
