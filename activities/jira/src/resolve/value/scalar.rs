//! Values that are written, not chosen: texts, numbers, dates, addresses, estimates, keys.

use flowrun_engine::activity::Failure;
use jiff::Timestamp;
use serde_json::{Number, Value, json};

use crate::{
    input::{IssueKey, LINE, cut, day, refused, too_long},
    number::is_beyond_doubles,
    resolve::Field,
};

/// The form in which Jira takes a moment, in UTC. \[unverified\]
const INSTANT: &str = "%Y-%m-%dT%H:%M:%S.%3f%z";

/// The moment that a text names, with its offset, written as Jira takes it.
pub(crate) fn moment(text: &str) -> Option<String> {
    let read = text.parse::<Timestamp>().or_else(|_| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text));
    read.ok().map(|moment| moment.strftime(INSTANT).to_string())
}

impl Field {
    pub(super) fn text(&self, given: &Value) -> Result<String, Failure> {
        match given {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(refused(format!("{self} takes a string, not `{}`", cut(&other.to_string())))),
        }
    }

    /// A label, an address, or a text of one line.
    pub(super) fn string(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        if self.is_labels() && (text.is_empty() || text.contains(char::is_whitespace)) {
            return Err(refused(format!("{self}: the label `{}` must be one word", cut(&text))));
        }
        if self.is_custom("url") && !is_address(&text) {
            return Err(refused(format!(
                "{self} takes an address such as `https://example.com/page`, not `{}`",
                cut(&text)
            )));
        }
        let one_line = self.schema.system.as_deref() == Some("summary") || self.is_custom("textfield");
        if one_line && text.contains(['\n', '\r']) {
            return Err(refused(format!("{self} takes one line, and this has a line break")));
        }
        if let Some(fault) = too_long(&text, LINE).filter(|_| one_line) {
            return Err(refused(format!("{self}: {fault}")));
        }
        Ok(text.into())
    }

    pub(super) fn number(&self, given: Value) -> Result<Value, Failure> {
        let read = match &given {
            Value::Number(number) => Some(number.clone()),
            Value::String(text) => number(text.trim()),
            _ => None,
        };
        let read = read.ok_or_else(|| refused(format!("{self} takes a number, not `{given}`")))?;
        if is_beyond_doubles(&read) {
            let written = given.as_str().map_or_else(|| read.to_string(), |text| cut(text).into_owned());
            let message = format!("{self} takes a number, and `{written}` is beyond 2^53, where numbers lose digits");
            return Err(refused(message));
        }
        Ok(Value::Number(read))
    }

    pub(super) fn date(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        match day(&text) {
            Some(_) => Ok(text.into()),
            None => Err(refused(format!("{self} takes a date such as `2026-01-31`, not `{}`", cut(&text)))),
        }
    }

    /// A moment with its offset, in Jira's form.
    pub(super) fn instant(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        moment(&text).map(Value::String).ok_or_else(|| {
            refused(format!("{self} takes a date and time such as `2026-01-31T09:30:00+01:00`, not `{}`", cut(&text)))
        })
    }

    /// The original estimate. What remains is set by the object that Jira takes.
    pub(super) fn estimate(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        if text.trim().is_empty() || !text.split_whitespace().all(is_duration) {
            return Err(refused(format!("{self} takes an estimate such as `2d 4h 30m`, not `{}`", cut(&text))));
        }
        Ok(json!({ "originalEstimate": text }))
    }

    /// An issue that this one belongs to.
    pub(super) fn issue(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        let Some(issue) = IssueKey::read(&text) else {
            return Err(refused(format!(
                "{self} takes an issue's key, such as `OPS-7`, or its id, not `{}`",
                cut(&text)
            )));
        };
        Ok(issue.reference())
    }
}

/// The number that a text spells, in any way in which YAML writes one.
fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, radix)));
    if let Some((digits, radix)) = radix {
        let is_plain = digits.chars().all(|digit| digit.is_digit(radix));
        return i64::from_str_radix(&format!("{sign}{digits}"), radix).ok().filter(|_| is_plain).map(Number::from);
    }
    let exact = text.parse::<i64>().ok().map(Number::from);
    exact.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

/// Whether a text is a whole address of something in a network.
fn is_address(text: &str) -> bool {
    // Which letters beyond ASCII a host's name may have is for Jira to say: here any letter stands for them.
    let ascii = text.replace(|letter: char| !letter.is_ascii(), "x");
    reqwest::Url::parse(&ascii).is_ok_and(|url| url.has_host())
}

/// `4h`: a number and weeks, days, hours or minutes.
fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix(['w', 'd', 'h', 'm']) else { return false };
    number.starts_with(|first: char| first.is_ascii_digit()) && number.parse::<f64>().is_ok_and(f64::is_finite)
}
