//! An effect of which a person has to say whether it happened: where to look, and how it is said.

use std::borrow::Cow;

use flowrun_engine::{
    activity::Named,
    id::StepPath,
    run::{EffectView, RunState},
};

/// An effect in doubt, with its step.
pub(super) struct Doubt<'a> {
    pub(super) step: &'a StepPath,
    pub(super) effect: EffectView<'a>,
}

impl<'a> Doubt<'a> {
    /// Those of a run that waits for a person.
    pub(super) fn all(state: &'a RunState) -> Vec<Self> {
        let in_doubt = state.steps_in_doubt();
        let steps = state.nodes().flat_map(|node| node.steps).filter(|step| in_doubt.contains(&step.step));
        let doubts = steps.filter_map(|step| {
            let mut effects = step.attempts.into_iter().flat_map(|attempt| attempt.effects);
            let effect = effects.find(|effect| effect.settlement.is_none() && effect.decision.is_none())?;
            Some(Self { step: &effect.id.step, effect })
        });
        doubts.collect()
    }

    /// What a person gives who says that it happened: the name, or what stands for it; and then what that is, in words.
    pub(super) fn named(&self) -> (&'a str, Option<&'a str>) {
        match &self.effect.intent.named {
            Some(Named { name, words }) => (name.as_str(), words.as_deref()),
            None => ("KEY", None),
        }
    }

    /// The commands that say that it happened, that it did not, and that the step is given up; of a run of this name.
    pub(super) fn commands(&self, run: &str) -> [String; 3] {
        let (run, step) = (quoted(run), self.step.to_string());
        let decide = |how: &str| format!("flowrun runs decide {run} {} {how}", quoted(&step));
        [decide(&format!("--happened {}", self.named().0)), decide("--did-not"), decide("--abort")]
    }
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.' | ':' | '/' | '@');
    if word.chars().all(is_plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_in_it() {
        let expected = [("last", "last"), ("note[3]", "'note[3]'"), ("a b", "'a b'"), ("it's", r"'it'\''s'")];
        for (word, told) in expected {
            assert_eq!(quoted(word), told);
        }
    }
}
