//! Texts with their marks. Texts that follow each other share the marks that they have in common; where asterisks would
//! mean something else beside what is around them, a comment keeps them apart.

use serde_json::Value;

use super::{
    super::{
        address,
        escape::{self, Edges},
        link::SEPARATOR,
    },
    inline::Piece,
    kind,
};

impl Piece {
    fn has(&self, mark: Mark) -> bool {
        matches!(self, Self::Text { marks, .. } if marks.has(mark))
    }
}

/// What a text is marked with, as far as Markdown can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    link: Option<Link>,
    strong: bool,
    emphasis: bool,
    strike: bool,
    code: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    address: String,
    title: String,
}

/// A mark that stands around texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Link,
    Strong,
    Emphasis,
    Strike,
}

const MARKS: [Mark; 4] = [Mark::Link, Mark::Strong, Mark::Emphasis, Mark::Strike];

impl Marks {
    /// The marks of a node.
    pub(super) fn of(node: &Value) -> Self {
        let mut marks = Self::default();
        for mark in node["marks"].as_array().into_iter().flatten() {
            let attribute = |name: &str| mark["attrs"][name].as_str().unwrap_or_default().to_owned();
            match kind(mark) {
                "link" => marks.link = Some(Link { address: attribute("href"), title: attribute("title") }),
                "strong" => marks.strong = true,
                "em" => marks.emphasis = true,
                "strike" => marks.strike = true,
                "code" => marks.code = true,
                _ => {}
            }
        }
        marks
    }

    /// A link alone.
    pub(super) fn linked(address: &str) -> Self {
        Self { link: Some(Link { address: address.to_owned(), title: String::new() }), ..Self::default() }
    }

    /// Where the link leads.
    pub(super) fn address(&self) -> Option<&str> {
        self.link.as_ref().map(|link| link.address.as_str())
    }

    fn has(&self, mark: Mark) -> bool {
        match mark {
            Mark::Link => self.link.is_some(),
            Mark::Strong => self.strong,
            Mark::Emphasis => self.emphasis,
            Mark::Strike => self.strike,
        }
    }
}

/// A bold text.
pub(super) fn bold(text: &str) -> String {
    let marks = Marks { strong: true, ..Marks::default() };
    line(&[Piece::Text { text: text.replace(['\n', '\r'], " "), marks }], Edges::NONE, false)
}

/// A line of text.
pub(super) fn line(pieces: &[Piece], edges: Edges, in_table: bool) -> String {
    let mut line = Line { text: String::new(), around: None, in_table };
    line.pieces(pieces, &[], edges);
    line.text
}

struct Line {
    text: String,
    /// The character before the text.
    around: Option<char>,
    in_table: bool,
}

impl Line {
    /// Adds pieces that stand inside the `open` marks.
    fn pieces(&mut self, pieces: &[Piece], open: &[Mark], edges: Edges) {
        let mut rest = pieces;
        while let Some(first) = rest.first() {
            let is_first = rest.len() == pieces.len();
            let (mark, length) = longest(rest, open);
            let (group, after) = rest.split_at(length);
            let edges = Edges {
                line: edges.line && is_first,
                start: edges.start && is_first,
                end: edges.end && after.is_empty(),
                last: edges.last && after.is_empty(),
            };
            match (mark, first) {
                (Some(mark), _) => self.group(mark, group, open),
                (None, Piece::Text { text, marks }) if marks.code => self.add(&escape::code(text, self.in_table)),
                (None, Piece::Text { text, .. }) => self.add(&escape::text(text, edges)),
                (None, Piece::Markdown(markdown)) => self.add(markdown),
                (None, Piece::Break) => {}
            }
            rest = after;
        }
    }

    /// Adds pieces that have a mark.
    fn group(&mut self, mark: Mark, pieces: &[Piece], open: &[Mark]) {
        if let Some(address) = (mark == Mark::Link).then(|| shown_address(pieces, self.in_table)).flatten() {
            self.add(&address);
            return;
        }
        let delimiter = match mark {
            Mark::Link => "[",
            Mark::Strong => "**",
            // Among asterisks an asterisk could belong to others.
            Mark::Emphasis if open.contains(&Mark::Strong) || pieces.iter().any(|piece| piece.has(Mark::Strong)) => "_",
            Mark::Emphasis => "*",
            Mark::Strike => "~~",
        };
        let mut inner = Self { text: String::new(), around: delimiter.chars().next(), in_table: self.in_table };
        let is_link = mark == Mark::Link;
        let edges = Edges { line: false, start: !is_link, end: !is_link, last: true };
        inner.pieces(pieces, &[open, &[mark]].concat(), edges);
        let inner = inner.text;
        let Some(Piece::Text { marks: Marks { link: Some(link), .. }, .. }) = pieces.first().filter(|_| is_link) else {
            self.marked(&format!("{delimiter}{inner}{delimiter}"));
            return;
        };
        let title = match link.title.as_str() {
            "" => String::new(),
            title => format!(" \"{}\"", escape::attribute(title)),
        };
        self.add(&format!("[{inner}]({}{title})", escape::address(&link.address)));
    }

    /// Adds what is not asterisks. Behind asterisks that follow a punctuation mark, a letter would undo them.
    fn add(&mut self, text: &str) {
        if let Some(sign) = self.text.chars().next_back().filter(|char| is_delimiter(*char)) {
            let inside = self.text.trim_end_matches(sign).chars().next_back();
            let is_closed = sign != '_' && inside.is_some_and(char::is_alphanumeric);
            if !self.ends_escaped() && !is_closed && !text.starts_with(is_apart) {
                self.text.push_str(SEPARATOR);
            }
        }
        self.text.push_str(text);
    }

    /// Adds a text between asterisks.
    fn marked(&mut self, text: &str) {
        let sign = text.chars().next().unwrap_or('*');
        let inside = text.trim_start_matches(sign).chars().next();
        let before = self.text.chars().next_back().or(self.around);
        let touches = self.text.ends_with(sign) && !self.ends_escaped();
        let is_open = sign != '_' && inside.is_some_and(char::is_alphanumeric) || before.is_none_or(is_apart);
        if touches || !is_open {
            self.text.push_str(SEPARATOR);
        }
        self.text.push_str(text);
    }

    /// Whether the last character is escaped.
    fn ends_escaped(&self) -> bool {
        self.text.bytes().rev().skip(1).take_while(|byte| *byte == b'\\').count() % 2 == 1
    }
}

fn is_delimiter(char: char) -> bool {
    "*_~".contains(char)
}

/// Whether asterisks that stand beside a character can be emphasis in any case.
fn is_apart(char: char) -> bool {
    char.is_whitespace() || char.is_ascii_punctuation()
}

/// The mark that most of the first pieces have, and how many. Without one, the first piece stands alone.
fn longest(pieces: &[Piece], open: &[Mark]) -> (Option<Mark>, usize) {
    let run = |mark: Mark| {
        let Some(Piece::Text { marks: first, .. }) = pieces.first() else { return 0 };
        let shares = |piece: &&Piece| match piece {
            Piece::Text { marks, .. } => marks.has(mark) && (mark != Mark::Link || marks.link == first.link),
            _ => false,
        };
        pieces.iter().take_while(shares).count()
    };
    let runs = MARKS.into_iter().filter(|mark| !open.contains(mark)).map(|mark| (mark, run(mark)));
    // Of two that are as long, the first one.
    let longest = runs.rev().max_by_key(|(_, length)| *length).filter(|(_, length)| *length > 0);
    longest.map_or((None, 1), |(mark, length)| (Some(mark), length))
}

/// A link that shows its address alone: `<https://…>`, `<ann@example.com>`.
fn shown_address(pieces: &[Piece], in_table: bool) -> Option<String> {
    let [Piece::Text { text, marks }] = pieces else { return None };
    let Marks { link: Some(link), strong: false, emphasis: false, strike: false, code: false } = marks else {
        return None;
    };
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._/:?#@=%+,;$!~()".contains(char) || char == '\'';
    if !link.title.is_empty() || !text.chars().all(is_plain) || in_table && text.contains('|') {
        return None;
    }
    let is_shown = match link.address.strip_prefix("mailto:") {
        Some(mail) if mail == text => is_mail(text),
        _ => link.address == *text && text.contains(':') && is_scheme(text) && address::is_allowed(text),
    };
    is_shown.then(|| format!("<{text}>"))
}

fn is_scheme(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    (2..=32).contains(&scheme.len())
        && scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
}

fn is_mail(text: &str) -> bool {
    let is_label = |label: &str| {
        let edges = label.starts_with(|char: char| char.is_ascii_alphanumeric())
            && label.ends_with(|char: char| char.is_ascii_alphanumeric());
        edges && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((name, host)) = text.split_once('@') else { return false };
    let is_name = |char: char| char.is_ascii_alphanumeric() || ".!#$%'+/=?_-".contains(char);
    !name.is_empty() && name.chars().all(is_name) && host.split('.').all(is_label)
}
