//! Regular expressions whose every step is charged.
//!
//! The crate `regex` tells nobody how much it does, and finding all matches with it may take the square of the text's length. So the
//! automaton of `regex-automata` is stepped here, a byte at a time; it makes its states as it meets them, and each is charged for its
//! memory. The price: `\b` is refused beside letters that are not ASCII, and there are no groups to take out.

use std::ops::Range;

use regex_automata::{
    Anchored, Input,
    hybrid::{
        LazyStateID,
        dfa::{Cache, DFA},
        regex::Regex,
    },
    nfa::thompson,
    util::syntax,
};

use super::{Budget, Cause};

/// The longest pattern, in bytes.
const LONGEST: usize = 1000;

/// The largest automaton, in bytes: three Unicode `\w` take about 300 KiB.
const LARGEST: usize = 1 << 20;

/// How deep groups may be inside one another.
const DEEPEST: u32 = 20;

/// How many bytes of a text are stepped over for a step of the budget.
const BYTES_IN_A_STEP: usize = 8;

/// A pattern that was made, and the states that its automaton has met.
#[derive(Debug)]
pub(in crate::expression) struct Pattern {
    regex: Regex,
    forward: Cache,
    backward: Cache,
}

/// What is wrong with a pattern.
fn refused(why: &str) -> Cause {
    Cause::function("matches", why)
}

/// Compiles a pattern.
///
/// # Errors
/// Why it cannot be one.
pub(in crate::expression) fn compile(pattern: &str) -> Result<Regex, Cause> {
    if pattern.len() > LONGEST {
        return Err(refused("the pattern is longer than 1000 bytes"));
    }
    let dfa = DFA::config().cache_capacity(LARGEST).skip_cache_capacity_check(true).unicode_word_boundary(true);
    Regex::builder()
        .syntax(syntax::Config::new().nest_limit(DEEPEST))
        .thompson(thompson::Config::new().nfa_size_limit(Some(LARGEST)))
        .dfa(dfa)
        .build(pattern)
        .map_err(|_| refused("the pattern is not a regular expression, or too large"))
}

impl Pattern {
    /// Works with a pattern; it is made once in an evaluation.
    ///
    /// # Errors
    /// When it is not a pattern, or the budget does not allow for it; and those of `work`.
    pub(in crate::expression) fn with<T>(
        pattern: &str,
        budget: &mut Budget,
        work: impl FnOnce(&mut Self, &mut Budget) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let mut made = match budget.patterns.remove(pattern) {
            Some(made) => made,
            None => Self::new(pattern, budget)?,
        };
        let result = work(&mut made, budget);
        budget.patterns.insert(pattern.to_owned(), made);
        result
    }

    fn new(pattern: &str, budget: &mut Budget) -> Result<Self, Cause> {
        budget.steps(1000 + 10 * pattern.len())?;
        let regex = compile(pattern)?;
        let size = regex.forward().get_nfa().memory_usage() + regex.reverse().get_nfa().memory_usage();
        budget.steps(size / 10)?;
        budget.bytes(size)?;
        let (forward, backward) = (regex.forward().create_cache(), regex.reverse().create_cache());
        Ok(Self { regex, forward, backward })
    }

    /// Whether it matches anywhere in a text.
    pub(in crate::expression) fn is_in(&mut self, text: &str, budget: &mut Budget) -> Result<bool, Cause> {
        let input = Input::new(text).earliest(true);
        Ok(Scan::new(self.regex.forward(), &mut self.forward, budget).forward(&input)?.is_some())
    }

    /// Each match, from left to right.
    pub(in crate::expression) fn matches(
        &mut self,
        text: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Range<usize>>, Cause> {
        let mut found = Vec::new();
        let mut from = 0;
        while from <= text.len() {
            let ahead = Input::new(text).range(from..);
            let Some(end) = Scan::new(self.regex.forward(), &mut self.forward, budget).forward(&ahead)? else { break };
            let back = Input::new(text).range(from..end).anchored(Anchored::Yes);
            let start = Scan::new(self.regex.reverse(), &mut self.backward, budget).backward(&back)?.unwrap_or(end);
            // `(?-u:\B)` may match inside a character.
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                budget.elements(1)?;
                found.push(start..end);
            }
            from = if end > start { end } else { end + 1 };
            while !text.is_char_boundary(from.min(text.len())) {
                from += 1;
            }
        }
        Ok(found)
    }
}

/// A scan of a text by an automaton.
struct Scan<'a> {
    automaton: &'a DFA,
    cache: &'a mut Cache,
    budget: &'a mut Budget,
    memory: usize,
    bytes: usize,
}

impl<'a> Scan<'a> {
    fn new(automaton: &'a DFA, cache: &'a mut Cache, budget: &'a mut Budget) -> Self {
        let memory = cache.memory_usage();
        Self { automaton, cache, budget, memory, bytes: 0 }
    }

    /// The end of the first match.
    fn forward(mut self, input: &Input<'_>) -> Result<Option<usize>, Cause> {
        let mut state = self.automaton.start_state_forward(self.cache, input).map_err(|_| stopped())?;
        let mut last = None;
        for at in input.start()..input.end() {
            state = self.step(state, input.haystack()[at])?;
            if state.is_match() {
                last = Some(at);
                if input.get_earliest() {
                    return Ok(last);
                }
            } else if state.is_dead() {
                return Ok(last);
            }
        }
        let state = self.automaton.next_eoi_state(self.cache, state).map_err(|_| stopped())?;
        Ok(if state.is_match() { Some(input.end()) } else { last })
    }

    /// The start of the match that ends where the input does.
    fn backward(mut self, input: &Input<'_>) -> Result<Option<usize>, Cause> {
        let mut state = self.automaton.start_state_reverse(self.cache, input).map_err(|_| stopped())?;
        let mut last = None;
        for at in (input.start()..input.end()).rev() {
            state = self.step(state, input.haystack()[at])?;
            if state.is_match() {
                last = Some(at + 1);
            } else if state.is_dead() {
                return Ok(last);
            }
        }
        let state = match input.start().checked_sub(1) {
            Some(before) => self.step(state, input.haystack()[before])?,
            None => self.automaton.next_eoi_state(self.cache, state).map_err(|_| stopped())?,
        };
        Ok(if state.is_match() { Some(input.start()) } else { last })
    }

    fn step(&mut self, state: LazyStateID, byte: u8) -> Result<LazyStateID, Cause> {
        self.bytes += 1;
        if self.bytes.is_multiple_of(BYTES_IN_A_STEP) {
            self.budget.steps(1)?;
        }
        let state = self.automaton.next_state(self.cache, state, byte).map_err(|_| stopped())?;
        let memory = self.cache.memory_usage();
        if memory != self.memory {
            let grown = memory.saturating_sub(self.memory);
            self.memory = memory;
            self.budget.steps(4 + grown / 8)?;
            self.budget.bytes(grown)?;
        }
        if state.is_quit() { Err(stopped()) } else { Ok(state) }
    }
}

fn stopped() -> Cause {
    refused("the pattern cannot be matched on this text: `\\b` beside letters that are not ASCII")
}
