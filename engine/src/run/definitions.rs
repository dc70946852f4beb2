//! The definitions at hand: those of runs that were started or read lately, so that most are not loaded again. A run that is driven
//! has its own in any case.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use crate::{definition::Definition, id::DefinitionHash};

/// How much text the definitions have that are kept, in bytes.
const MOST_TEXT: usize = 2 << 20;

/// Definitions by their hash. Those that were asked for last are kept, as many as their texts allow; the others only as long as a run
/// has them.
#[derive(Debug)]
pub(super) struct DefinitionCache {
    recent: BTreeMap<DefinitionHash, Recent>,
    /// Of all that are recent.
    text: usize,
    most_text: usize,
    /// Counts what is asked.
    asked: u64,
    /// Those that are not recent any more.
    old: BTreeMap<DefinitionHash, Weak<Definition>>,
}

#[derive(Debug)]
struct Recent {
    definition: Arc<Definition>,
    asked: u64,
}

impl Default for DefinitionCache {
    fn default() -> Self {
        Self::of(MOST_TEXT)
    }
}

impl DefinitionCache {
    fn of(most_text: usize) -> Self {
        Self { recent: BTreeMap::new(), text: 0, most_text, asked: 0, old: BTreeMap::new() }
    }

    /// The definition, if it is at hand.
    pub(super) fn get(&mut self, hash: &DefinitionHash) -> Option<Arc<Definition>> {
        self.asked += 1;
        if let Some(recent) = self.recent.get_mut(hash) {
            recent.asked = self.asked;
            return Some(recent.definition.clone());
        }
        let definition = self.old.get(hash)?.upgrade()?;
        self.insert(definition.clone());
        Some(definition)
    }

    /// Has a definition at hand. One whose text alone is too long is not kept.
    pub(super) fn insert(&mut self, definition: Arc<Definition>) {
        self.asked += 1;
        let (hash, asked) = (definition.hash.clone(), self.asked);
        self.old.remove(&hash);
        self.text += text_of(&definition);
        if let Some(before) = self.recent.insert(hash, Recent { definition, asked }) {
            self.text -= text_of(&before.definition);
        }
        while self.text > self.most_text && self.forget_the_oldest() {}
    }

    /// Leaves the one that was asked for longest ago to the runs that have it; false if there is none.
    fn forget_the_oldest(&mut self) -> bool {
        let oldest = self.recent.iter().min_by_key(|(_, recent)| recent.asked).map(|(hash, _)| hash.clone());
        let Some((hash, recent)) = oldest.and_then(|hash| self.recent.remove_entry(&hash)) else { return false };
        self.text -= text_of(&recent.definition);
        self.old.retain(|_, definition| definition.strong_count() > 0);
        self.old.insert(hash, Arc::downgrade(&recent.definition));
        true
    }
}

fn text_of(definition: &Definition) -> usize {
    definition.source.text().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        activity::Catalogue,
        definition::{Source, load},
    };

    fn definition(process: &str) -> Arc<Definition> {
        let text = format!("process: {process}\nversion: 1.0.0\nnodes:\n  wait: {{ signal: go }}\n");
        let loaded = load(&Source::new("a.yaml", text), &Catalogue::default());
        Arc::new(loaded.definition.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)))
    }

    /// Room for three.
    fn cache() -> DefinitionCache {
        DefinitionCache::of(3 * text_of(&definition("a")) + 1)
    }

    fn at_hand(cache: &DefinitionCache) -> Vec<&str> {
        cache.recent.values().map(|recent| &*recent.definition.process).collect()
    }

    #[test]
    fn those_that_were_asked_for_last_are_at_hand() {
        let mut cache = cache();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(definition);
        [&a, &b, &c].into_iter().for_each(|definition| cache.insert(definition.clone()));
        assert!(cache.get(&a.hash).is_some());
        let hash = b.hash.clone();
        drop(b);
        cache.insert(d.clone());
        assert_eq!(cache.get(&hash), None, "no run has it");
        [&a, &c, &d]
            .into_iter()
            .for_each(|definition| assert_eq!(cache.get(&definition.hash), Some(definition.clone())));
    }

    #[test]
    fn a_definition_that_a_run_has_is_not_loaded_again() {
        let mut cache = cache();
        let of_a_run = definition("a");
        cache.insert(of_a_run.clone());
        ["b", "c", "d"].into_iter().for_each(|process| cache.insert(definition(process)));
        assert_eq!(at_hand(&cache).len(), 3);
        assert!(Arc::ptr_eq(&cache.get(&of_a_run.hash).unwrap(), &of_a_run));
        let hash = of_a_run.hash.clone();
        drop(of_a_run);
        assert!(cache.get(&hash).is_some(), "it is the one that was asked for last");
        ["e", "f", "g"].into_iter().for_each(|process| cache.insert(definition(process)));
        assert_eq!(cache.get(&hash), None);
        assert_eq!(cache.old.len(), 1, "of those that no run has nothing is left but for a moment");
    }

    #[test]
    fn however_many_there_are_their_texts_are_bounded() {
        let mut cache = cache();
        for number in 0..100 {
            cache.insert(definition(&format!("p{number}")));
            cache.insert(definition("again"));
            let text: usize = cache.recent.values().map(|recent| text_of(&recent.definition)).sum();
            assert!(text <= cache.most_text && text == cache.text);
            assert!(cache.old.len() < 4);
        }
        let mut small = DefinitionCache::of(10);
        small.insert(definition("a"));
        assert_eq!((at_hand(&small).len(), small.text), (0, 0));
    }
}
