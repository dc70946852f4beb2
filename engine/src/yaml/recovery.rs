//! All slips of a text that is not YAML: each is mended, and the text read again, so that the next one shows.
//!
//! Nothing is told that a mend may have brought about. Reading goes on only where the lines below are read as before, and what is
//! told then is a slip that is known, in one of these lines; at anything else it ends.

use super::{
    reader,
    slip::{Line, Mend, Reach},
    syntax::Refusal,
};
use crate::diagnostic::Diagnostic;

/// Each slip costs a reading of the file.
const MOST_SLIPS: usize = 50;

/// How many bytes all these readings may come to.
const MOST_READ_AGAIN: usize = 50 << 20;

/// The faults of a text that is refused: the first, and those in lines below that do not hang on it.
pub(super) fn faults(text: &str, first: Refusal) -> Vec<Diagnostic> {
    let mut mended = Mended { text: text.to_owned(), longer: 0 };
    let mut found = vec![first.fault];
    let mut mend = first.mend;
    let mut tabs_are_told = false;
    for _ in 1..MOST_SLIPS.min(MOST_READ_AGAIN / text.len().max(1)) {
        let Some(last) = mend.filter(|mend| mend.reach != Reach::Structure) else { break };
        tabs_are_told |= last.reach == Reach::OddSpaces;
        let Some((fault, next)) = mended.next(&last) else { break };
        // Odd spaces are told with the number of lines that have them.
        if !(tabs_are_told && next.reach == Reach::OddSpaces) {
            found.push(mended.in_original(fault));
        }
        mend = Some(next);
    }
    found
}

/// A text of which the first slips are mended.
struct Mended {
    text: String,
    /// How many bytes it is longer by than the text that was given.
    longer: isize,
}

impl Mended {
    /// Mends one more slip. The next one, where it is known and in a line below.
    fn next(&mut self, mend: &Mend) -> Option<(Diagnostic, Box<Mend>)> {
        let Mend { range, new, reach, .. } = mend;
        self.text.replace_range(range.clone(), new);
        self.longer += new.len().cast_signed() - range.len().cast_signed();
        let Refusal { fault, mend } = reader::outline(&self.text).err()?;
        let (span, next) = (fault.span.as_ref()?, mend?);
        let end = range.start + new.len();
        let past = if *reach == Reach::Itself { end } else { Line::at(&self.text, end).end() };
        (span.start >= past && next.range.start >= past).then_some((fault, next))
    }

    /// The fault at its place in the text as it was given.
    fn in_original(&self, fault: Diagnostic) -> Diagnostic {
        let before = |at: usize| at.saturating_add_signed(-self.longer);
        Diagnostic { span: fault.span.map(|span| before(span.start)..before(span.end)), ..fault }
    }
}

#[cfg(test)]
mod tests;
