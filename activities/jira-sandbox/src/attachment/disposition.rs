//! The `Content-Disposition` of a part of a form: its name, and the name of its file. Pure.

/// What a part says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Disposition {
    pub(crate) name: Option<String>,
    /// `filename="…"`, in UTF-8 as it is.
    pub(crate) filename: Option<String>,
    /// `filename*=utf-8''…`, decoded: the form of RFC 2231 and RFC 5987.
    pub(crate) extended_filename: Option<String>,
}

impl Disposition {
    /// Reads the header's value. What is not UTF-8 in it becomes a replacement character.
    pub(crate) fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let mut rest = text.split_once(';').map_or("", |(_, parameters)| parameters);
        let mut read = Self::default();
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = parameter_value(after);
            read.set(name, value);
            rest = after;
        }
        read
    }

    fn set(&mut self, name: &str, value: String) {
        match name.trim_matches(|char: char| char.is_whitespace() || char == ';').to_ascii_lowercase().as_str() {
            "name" => self.name = Some(value),
            "filename" => self.filename = Some(value),
            "filename*" => self.extended_filename = Some(decoded(&value)),
            _ => {}
        }
    }
}

/// A value and what follows it; in quotation marks a backslash escapes a quotation mark or itself.
fn parameter_value(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim_end().to_owned(), rest);
    };
    let (mut value, mut chars) = (String::new(), quoted.char_indices().peekable());
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            char => value.push(char),
        }
    }
    (value, "")
}

/// `charset'language'percent-encoded`.
fn decoded(value: &str) -> String {
    let encoded = value.splitn(3, '\'').nth(2).unwrap_or(value);
    percent_encoding::percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_and_files() {
        let plain = |filename: &str| Disposition {
            name: Some("file".to_owned()),
            filename: Some(filename.to_owned()),
            extended_filename: None,
        };
        for (header, expected) in [
            (r#"form-data; name="file"; filename="a.txt""#, plain("a.txt")),
            (r#"form-data; filename="a; b=c.txt"; name="file""#, plain("a; b=c.txt")),
            (r#"form-data; name=file; filename=a.txt"#, plain("a.txt")),
            (r#"form-data; name="file"; filename="say \"hi\" \\ \n""#, plain(r#"say "hi" \ \n"#)),
            (r#"form-data; NAME="file";FileName="تقرير.pdf""#, plain("تقرير.pdf")),
            (r#"form-data; name="file"; filename="""#, plain("")),
            (r#"form-data; name="file"; filename="open"#, plain("open")),
            (
                "form-data; name=\"file\"; filename*=utf-8''%D8%AA%20a.txt",
                Disposition { filename: None, extended_filename: Some("ت a.txt".to_owned()), ..plain("") },
            ),
            (
                r#"form-data; name="comment""#,
                Disposition { name: Some("comment".to_owned()), ..Disposition::default() },
            ),
            ("form-data", Disposition::default()),
            ("", Disposition::default()),
        ] {
            assert_eq!(Disposition::parse(header.as_bytes()), expected, "{header}");
        }
    }

    #[test]
    fn a_name_that_is_not_utf8_is_still_a_name() {
        let read = Disposition::parse(b"form-data; name=\"file\"; filename=\"caf\xe9.txt\"");
        assert_eq!(read.filename.as_deref(), Some("caf\u{fffd}.txt"));
    }
}
