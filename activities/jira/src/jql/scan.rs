//! Where the values of a query stand, read from the literals around them.

use flowrun_engine::text::Fault;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HolePosition {
    /// Inside quotes.
    Quoted,
    /// Right beside other characters, outside of quotes: `-${{ inputs.days }}d`.
    Glued,
    /// On its own, as a value or a name; whether it is an element of a list in parentheses.
    Operand {
        /// Whether parentheses around it are there.
        in_list: bool,
    },
    /// Where a condition stands beside others.
    Condition,
    /// There is nothing else.
    Whole,
}

/// A value in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// The number of its part.
    pub(super) part: usize,
    /// Where it stands.
    pub(super) place: HolePosition,
    /// Whether a backslash before it would take its first character.
    pub(super) after_backslash: bool,
}

impl Hole {
    /// A fault of this value.
    pub(super) fn fault(&self, message: String, help: impl Into<String>) -> Fault {
        Fault { part: Some(self.part), message, help: help.into() }
    }
}

/// A query, read.
#[derive(Debug)]
pub(super) struct Scan {
    /// Its values, in order.
    pub(super) holes: Vec<Hole>,
    /// Whether a quote is not closed.
    pub(super) open_quote: bool,
    /// Whether each parenthesis has its partner.
    pub(super) is_balanced: bool,
    /// Whether it says an order.
    pub(super) has_order: bool,
    /// Whether it joins conditions by `AND` or `OR`, outside of parentheses.
    pub(super) has_connective: bool,
}

impl Scan {
    /// Reads a query of literals and values, which are `None`.
    pub(super) fn of(parts: &[Option<&str>]) -> Self {
        let mut reader = Reader::default();
        let is_whole = parts.iter().flatten().all(|literal| literal.trim().is_empty());
        let mut holes = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            match part {
                Some(literal) => literal.chars().for_each(|character| reader.take(character)),
                None => {
                    let place = reader.place(&parts[number + 1..], is_whole);
                    holes.push(Hole { part: number, place, after_backslash: reader.escaped > 0 });
                    reader.value();
                }
            }
        }
        reader.end_word();
        Self {
            holes,
            open_quote: reader.quote.is_some(),
            is_balanced: reader.open.is_empty() && !reader.closed_too_much,
            has_order: reader.has_order,
            has_connective: reader.has_connective,
        }
    }
}

/// What came last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    /// The start, `AND`, `OR`, `NOT`, or a parenthesis around conditions: a condition follows.
    #[default]
    Connective,
    /// `=`, `in`, `order by` and the like, a comma, or the parenthesis of a list: a value follows.
    Operator,
    /// A name or a value.
    Word,
}

/// Reads a query character by character.
#[derive(Default)]
struct Reader {
    /// The mark that closes the quotes.
    quote: Option<char>,
    /// How many characters belong to an escape that has begun.
    escaped: usize,
    /// The word that is being read, in small letters.
    word: String,
    /// The word before.
    before: String,
    last: Last,
    /// The parentheses that are open; whether they hold a list.
    open: Vec<bool>,
    closed_too_much: bool,
    has_order: bool,
    has_connective: bool,
    /// Whether the last character, or a value, would be glued to what follows.
    is_glue: bool,
}

impl Reader {
    fn take(&mut self, character: char) {
        if self.escaped > 0 {
            self.escaped -= 1;
            if character == 'u' && self.word.ends_with('\\') {
                self.escaped = 4;
            }
            self.note(character);
        } else if character == '\\' {
            self.escaped = 1;
            self.note(character);
        } else if let Some(mark) = self.quote {
            if mark == character {
                self.quote = None;
                self.last = Last::Word;
            }
        } else {
            self.outside(character);
        }
    }

    /// Keeps a character of a word or of an escape.
    fn note(&mut self, character: char) {
        self.word.extend(character.to_lowercase());
        self.is_glue = true;
    }

    fn outside(&mut self, character: char) {
        if is_in_word(character) {
            return self.note(character);
        }
        self.end_word();
        self.is_glue = !character.is_whitespace() && !matches!(character, ',' | '(') && !is_operator(character);
        match character {
            '"' | '\'' => self.quote = Some(character),
            '(' => {
                self.open.push(self.last != Last::Connective);
                self.last = if self.last == Last::Connective { Last::Connective } else { Last::Operator };
            }
            ')' => {
                self.closed_too_much |= self.open.pop().is_none();
                self.last = Last::Word;
            }
            '&' | '|' | '!' => {
                self.has_connective |= character != '!' && self.open.is_empty();
                self.last = Last::Connective;
            }
            ',' | '=' | '<' | '>' | '~' => self.last = Last::Operator,
            _ => {}
        }
    }

    /// What the word that has ended says of what follows.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        self.last = match word.as_str() {
            "not" if matches!(self.before.as_str(), "is" | "was") => Last::Operator,
            "and" | "or" | "not" => Last::Connective,
            "in" | "is" | "was" | "from" | "to" | "after" | "before" | "on" | "during" | "by" => Last::Operator,
            _ => Last::Word,
        };
        self.has_order |= word == "by" && self.before == "order";
        self.has_connective |= matches!(word.as_str(), "and" | "or") && self.open.is_empty();
        self.before = word;
    }

    /// Where a value stands that comes now, before `rest`.
    fn place(&mut self, rest: &[Option<&str>], is_whole: bool) -> HolePosition {
        if self.quote.is_some() {
            return HolePosition::Quoted;
        }
        let next = rest.first().copied().flatten();
        let is_glued_after = match next {
            Some(literal) => literal.chars().next().is_some_and(|next| !separates(next) && !is_operator(next)),
            None => !rest.is_empty(),
        };
        let glued = self.is_glue || is_glued_after;
        self.end_word();
        let after = next.unwrap_or_default().trim_start();
        match () {
            () if glued => HolePosition::Glued,
            () if is_whole => HolePosition::Whole,
            () if self.last == Last::Connective && ends_condition(after, rest.len() < 2) => HolePosition::Condition,
            () => HolePosition::Operand { in_list: self.is_in_list(after) },
        }
    }

    /// Whether a value is an element of a list: between its parentheses and commas.
    fn is_in_list(&self, after: &str) -> bool {
        let list = self.open.last() == Some(&true) && self.last == Last::Operator;
        list && after.starts_with([')', ','])
    }

    /// A value was there.
    fn value(&mut self) {
        self.escaped = 0;
        self.is_glue = true;
        if self.quote.is_none() {
            self.word.clear();
            self.before.clear();
            self.last = Last::Word;
        }
    }
}

fn is_in_word(character: char) -> bool {
    !character.is_whitespace()
        && !matches!(character, '"' | '\'' | '(' | ')' | ',' | '[' | ']')
        && !is_operator(character)
}

fn is_operator(character: char) -> bool {
    matches!(character, '=' | '<' | '>' | '~' | '!' | '&' | '|')
}

/// Whether a value ends before this character.
fn separates(character: char) -> bool {
    character.is_whitespace() || matches!(character, ')' | ',')
}

/// Whether a condition is over where this follows, which may be the end.
fn ends_condition(after: &str, is_last: bool) -> bool {
    let word = after.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    (after.is_empty() && is_last)
        || after.starts_with([')', '&', '|'])
        || ["and", "or", "order"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
