//! The highest issue key of each project that this client has seen: keys of a project rise by one, so whatever is created later has a
//! higher one. \[unverified, standard reading\]

use std::collections::BTreeMap;

/// A key of an issue, taken apart: `OPS` and 7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyNumber {
    /// The project's key.
    pub(crate) project: String,
    /// The number in it; 0 before the first.
    pub(crate) number: u64,
}

impl KeyNumber {
    /// Reads `OPS-7`.
    pub(crate) fn read(key: &str) -> Option<Self> {
        let (project, number) = key.rsplit_once('-')?;
        Some(Self { project: project.to_owned(), number: number.parse().ok()? })
    }
}

/// So many projects are kept in mind; of others it is asked again.
const MOST: usize = 1_000;

/// What is known of projects.
#[derive(Debug, Default)]
pub(crate) struct HighestKeys {
    /// The key of each project that was asked about, by the name that it was given; none where nothing is known of it.
    asked: BTreeMap<String, Option<String>>,
    highest: BTreeMap<String, u64>,
}

impl HighestKeys {
    /// The highest key of a project, and whether it was asked for at all.
    pub(crate) fn of(&self, project: &str) -> Option<Option<KeyNumber>> {
        let known = self.asked.get(project)?.as_ref();
        Some(known.and_then(|key| Some(KeyNumber { project: key.clone(), number: *self.highest.get(key)? })))
    }

    /// Somebody asked: this is the highest, as far as it is known.
    pub(crate) fn answered(&mut self, project: &str, highest: Option<KeyNumber>) {
        if self.asked.len() >= MOST {
            self.asked.clear();
        }
        self.asked.insert(project.to_owned(), highest.as_ref().map(|key| key.project.clone()));
        highest.into_iter().for_each(|key| self.seen(key));
    }

    /// There is an issue with this key.
    pub(crate) fn seen(&mut self, key: KeyNumber) {
        if self.highest.len() >= MOST && !self.highest.contains_key(&key.project) {
            self.highest.clear();
        }
        let highest = self.highest.entry(key.project).or_default();
        *highest = (*highest).max(key.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_key_counts_whoever_told_it() {
        let key = |text: &str| KeyNumber::read(text).unwrap();
        let mut keys = HighestKeys::default();
        assert_eq!(keys.of("10000"), None, "nobody asked");
        keys.answered("10000", Some(key("OPS-7")));
        keys.seen(key("OPS-9"));
        keys.seen(key("OPS-8"));
        assert_eq!(keys.of("10000"), Some(Some(key("OPS-9"))));
        keys.answered("WEB", None);
        assert_eq!(keys.of("WEB"), Some(None), "it was asked, and not told");
        assert_eq!((KeyNumber::read("OPS"), KeyNumber::read("OPS-x")), (None, None));
    }
}
