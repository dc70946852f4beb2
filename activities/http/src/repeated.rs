//! Credentials that the other side repeats, in a refusal, a header or a field: they are taken out of what is read, in every
//! form in which a request carries them.

use std::{collections::BTreeSet, fmt, sync::Arc};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};

use crate::address::PATH_PART;

/// A shorter text is not a credential of anybody's, and would be found in words that have nothing to do with it.
const SHORTEST: usize = 6;

/// What stands where a credential stood.
const TAKEN_OUT: &str = "…";

/// The credentials of a request, in all their forms.
#[derive(Clone, Default)]
pub struct Repeated {
    /// The longest first: some contain others.
    forms: Arc<[Zeroizing<String>]>,
}

impl Repeated {
    /// What these secrets look like: as they are, in Base64 as in Basic authentication, and percent-encoded.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST);
        let written: BTreeSet<String> = secrets.flat_map(in_base64).flat_map(|text| in_addresses(&text)).collect();
        let mut forms: Vec<_> = written.into_iter().map(Zeroizing::new).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms: forms.into() }
    }

    /// These and those.
    pub fn and(self, other: Self) -> Self {
        let mut forms = [&*self.forms, &*other.forms].concat();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms: forms.into() }
    }

    /// A text without them.
    pub fn taken_out(&self, text: String) -> String {
        if !self.is_in(&text) {
            return text;
        }
        self.forms.iter().fold(text, |text, form| text.replace(form.as_str(), TAKEN_OUT))
    }

    /// A value without them, in its texts and in its names.
    pub fn taken_out_of(&self, value: Value) -> Value {
        if self.is_in_value(&value) { self.taken_out_below(value) } else { value }
    }

    fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in(text),
            Value::Array(items) => items.iter().any(|item| self.is_in_value(item)),
            Value::Object(fields) => fields.iter().any(|(name, field)| self.is_in(name) || self.is_in_value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| contains(text, form))
    }

    fn taken_out_below(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.taken_out(text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.taken_out_below(item)).collect(),
            Value::Object(fields) => {
                let without = |(name, field)| (self.taken_out(name), self.taken_out_below(field));
                Value::Object(fields.into_iter().map(without).collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

/// Whether a text contains a form. To look for one of at most 32 bytes the standard library has a quick way, and none for a longer one:
/// where the beginning is not, the whole is not either.
fn contains(text: &str, form: &str) -> bool {
    let has_beginning = || form.get(..32).is_none_or(|beginning| text.contains(beginning));
    text.len() >= form.len() && has_beginning() && text.contains(form)
}

/// A secret as it is and in Base64.
fn in_base64(secret: &str) -> Vec<String> {
    let alphabets = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
    [secret.to_owned()].into_iter().chain(alphabets.map(|alphabet| alphabet.encode(secret))).collect()
}

/// A text as it is, and as addresses and forms have it.
fn in_addresses(text: &str) -> Vec<String> {
    let encoded = [NON_ALPHANUMERIC, PATH_PART].map(|set| utf8_percent_encode(text, set).to_string());
    let lower = encoded.clone().map(|text| lower_digits(&text));
    let form = encoded[1].replace("%20", "+");
    [text.to_owned(), form].into_iter().chain(encoded).chain(lower).collect()
}

/// `%2B` as `%2b`.
fn lower_digits(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |lower, piece| format!("{lower}%{}{}", piece[..2].to_ascii_lowercase(), &piece[2..]))
}

impl fmt::Debug for Repeated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Repeated(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An API token has `=` and `-` in it; a client secret may have anything.
    const SECRET: &str = "ATATT3x-canary_s+e/c=ret é";

    #[test]
    fn every_form_is_taken_out_of_texts() {
        let repeated = Repeated::of([SECRET]);
        // Python: base64.b64encode, base64.urlsafe_b64encode, urllib.parse.quote(safe=''), quote_plus, and their like.
        let forms = [
            SECRET,
            "QVRBVFQzeC1jYW5hcnlfcytlL2M9cmV0IMOp",
            "ATATT3x-canary_s%2Be%2Fc%3Dret%20%C3%A9",
            "ATATT3x-canary_s%2be%2fc%3dret%20%c3%a9",
            "ATATT3x-canary_s%2Be%2Fc%3Dret+%C3%A9",
            "ATATT3x%2Dcanary%5Fs%2Be%2Fc%3Dret%20%C3%A9",
        ];
        for form in forms {
            assert_eq!(repeated.taken_out(format!("a {form} b")), "a … b", "{form}");
        }
        let kept = "a bearer of nobody";
        assert_eq!(repeated.taken_out(kept.to_owned()), kept);
    }

    #[test]
    fn fields_and_their_names_have_none() {
        let value = json!({ SECRET: [SECRET, { "a": format!("x{SECRET}y") }], "number": 1 });
        let expected = json!({ "…": ["…", { "a": "x…y" }], "number": 1 });
        assert_eq!(Repeated::of([SECRET]).taken_out_of(value), expected);
    }

    #[test]
    fn what_is_short_is_no_credential() {
        assert_eq!(Repeated::of(["", "a", "12345"]).taken_out("a12345".to_owned()), "a12345");
    }
}
