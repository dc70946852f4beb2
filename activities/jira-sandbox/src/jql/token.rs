//! Cuts a query into tokens, as strictly as Jira: reserved characters must be in quotes.

use std::{fmt, iter::Peekable, str::Chars};

use super::JqlError;

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) place: LineAndColumn,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word(String),
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`.
    Comparison(&'static str),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    And,
    Or,
    Not,
}

/// A line and a character, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineAndColumn {
    line: usize,
    character: usize,
}

impl fmt::Display for LineAndColumn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "(line {}, character {})", self.line, self.character)
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Word(text) | Self::Quoted(text) => text,
            Self::Comparison(text) => text,
            Self::Open => "(",
            Self::Close => ")",
            Self::OpenBracket => "[",
            Self::CloseBracket => "]",
            Self::Comma => ",",
            Self::And => "&&",
            Self::Or => "||",
            Self::Not => "!",
        })
    }
}

/// Cuts a whole query.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, JqlError> {
    let mut reader = Tokenizer { rest: text.chars().peekable(), place: LineAndColumn { line: 1, character: 1 } };
    let mut tokens = Vec::new();
    while let Some(token) = reader.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// Characters that an unquoted word may not have. \[unverified\]
const RESERVED: &[char] = &['{', '}', '*', '/', '%', '+', '^', '$', '#', '@', '?', ';'];

struct Tokenizer<'a> {
    rest: Peekable<Chars<'a>>,
    place: LineAndColumn,
}

impl Tokenizer<'_> {
    fn token(&mut self) -> Result<Option<Token>, JqlError> {
        while self.rest.next_if(|character| character.is_whitespace()).is_some_and(|character| self.passed(character)) {
        }
        let place = self.place;
        let Some(&first) = self.rest.peek() else { return Ok(None) };
        let kind = match first {
            '"' | '\'' => TokenKind::Quoted(self.quoted()?),
            '=' | '<' | '>' | '~' | '!' => self.comparison(),
            '&' | '|' => self.doubled(first),
            '(' => self.single(TokenKind::Open),
            ')' => self.single(TokenKind::Close),
            '[' => self.single(TokenKind::OpenBracket),
            ']' => self.single(TokenKind::CloseBracket),
            ',' => self.single(TokenKind::Comma),
            _ => TokenKind::Word(self.word()?),
        };
        Ok(Some(Token { kind, place }))
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.passed(next);
        Some(next)
    }

    /// Moves the place past a character; always true, so that a loop can go on.
    fn passed(&mut self, character: char) -> bool {
        if character == '\n' {
            self.place = LineAndColumn { line: self.place.line + 1, character: 1 };
        } else {
            self.place.character += 1;
        }
        true
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.next();
        kind
    }

    fn follows(&mut self, expected: char) -> bool {
        let follows = self.rest.peek() == Some(&expected);
        if follows {
            self.next();
        }
        follows
    }

    fn comparison(&mut self) -> TokenKind {
        match self.next() {
            Some('<') => TokenKind::Comparison(if self.follows('=') { "<=" } else { "<" }),
            Some('>') => TokenKind::Comparison(if self.follows('=') { ">=" } else { ">" }),
            Some('~') => TokenKind::Comparison("~"),
            Some('!') if self.follows('=') => TokenKind::Comparison("!="),
            Some('!') if self.follows('~') => TokenKind::Comparison("!~"),
            Some('!') => TokenKind::Not,
            _ => TokenKind::Comparison("="),
        }
    }

    /// `&&` and `||`; Jira takes one character for two.
    fn doubled(&mut self, character: char) -> TokenKind {
        self.next();
        self.follows(character);
        if character == '&' { TokenKind::And } else { TokenKind::Or }
    }

    fn quoted(&mut self) -> Result<String, JqlError> {
        let (place, quote) = (self.place, self.next());
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(JqlError::syntax(&format!(
                        "The quoted string '{text}' has not been completed. {place}"
                    )));
                }
                end if end == quote => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(character) => text.push(character),
            }
        }
    }

    fn word(&mut self) -> Result<String, JqlError> {
        let mut word = String::new();
        while let Some(&character) = self.rest.peek() {
            match character {
                '"' | '\'' | '=' | '<' | '>' | '~' | '!' | '&' | '|' | '(' | ')' | '[' | ']' | ',' => break,
                _ if character.is_whitespace() => break,
                _ if RESERVED.contains(&character) || character.is_control() => {
                    return Err(self.reserved(character));
                }
                '\\' => {
                    self.next();
                    word.push(self.escaped()?);
                }
                _ => word.extend(self.next()),
            }
        }
        Ok(word)
    }

    fn reserved(&self, character: char) -> JqlError {
        JqlError::syntax(&format!(
            "The character '{character}' is a reserved JQL character. You must enclose it in a string or use the escape \
             '\\u{:04x}' instead. {}",
            u32::from(character),
            self.place
        ))
    }

    fn escaped(&mut self) -> Result<char, JqlError> {
        let place = self.place;
        let character = self.next();
        let read = match character {
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('u') => self.unicode(),
            Some(plain @ ('\'' | '"' | '\\' | ' ')) => Some(plain),
            _ => None,
        };
        read.ok_or_else(|| {
            let given = character.map(String::from).unwrap_or_default();
            JqlError::syntax(&format!(
                "'\\{given}' is an illegal JQL escape sequence. The valid escape sequences are \\', \\\", \\t, \\n, \\r, \
                 \\\\, '\\ ' and \\uXXXX. {place}"
            ))
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let digits: String = (0..4).map_while(|_| self.next()).collect();
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
    }
}
