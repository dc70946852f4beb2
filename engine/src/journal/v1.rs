//! The first form in which records lie on a disk, and the one door between it and [`Record`].
//!
//! What is written here is read for ever: names and shapes are added, never changed, and `tests/run/format.rs` pins a sample of
//! each. A record is one byte that says which form it has, and then JSON: its number, its time in nanoseconds since 1970, and what
//! happened, where what follows each other about one step or effect names that once:
//!
//! ```text
//! ␁[4,1763899200000000000,[{"step":["file[2]",[{"started":{"input":{"project":"OPS"}}},{"attempt_started":{"attempt":1}}]]}]]
//! ```
//!
//! The forms mirror the working types field by field (serde's `remote`), so that neither can change without the other. A name that
//! is not known here was written by a newer version, and is told so: what is merely damaged is not JSON, or fails the store's checks.

mod effect;
mod entry;
mod failure;
mod mirror;
mod signal;
mod subject;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use self::{
    mirror::{ReadBack, Shown},
    subject::{Subject, SubjectRead},
};
use super::{Record, Signal};

/// The byte that a record of this form begins with.
const FORM: u8 = 1;

/// Why bytes are not a record.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A newer version wrote it.
    #[error("a newer version of flowrun wrote it: {0}")]
    Newer(String),
    /// It is not what was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

#[derive(Serialize)]
struct Written<'a>(
    u64,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")] Timestamp,
    Vec<Subject<'a>>,
);

#[derive(Deserialize)]
struct Read(u64, #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")] Timestamp, Vec<SubjectRead>);

/// A record as it lies on a disk.
pub fn encode(record: &Record) -> Vec<u8> {
    written(&Written(record.sequence, record.at, subject::of(&record.entries)))
}

/// Reads what [`encode`] of this version or an earlier one made.
///
/// # Errors
/// [`Unreadable`], which tells what is newer from what is damaged.
pub fn decode(bytes: &[u8]) -> Result<Record, Unreadable> {
    let Read(sequence, at, subjects) = read(bytes, "a record")?;
    let entries = subjects.into_iter().flat_map(SubjectRead::into_entries).collect();
    Ok(Record { sequence, at, entries })
}

/// A signal as it lies in an inbox: the same byte, and JSON.
pub fn encode_signal(signal: &Signal) -> Vec<u8> {
    written(&Shown(signal))
}

/// Reads what [`encode_signal`] of this version or an earlier one made.
///
/// # Errors
/// As [`decode`].
pub fn decode_signal(bytes: &[u8]) -> Result<Signal, Unreadable> {
    let ReadBack(signal) = read(bytes, "a message")?;
    Ok(signal)
}

fn written(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![FORM];
    serde_json::to_writer(&mut bytes, value)
        .expect("its forms have only texts for keys, and a vector takes what it is given");
    bytes
}

fn read<'bytes, T: Deserialize<'bytes>>(bytes: &'bytes [u8], what: &str) -> Result<T, Unreadable> {
    let json = match bytes {
        [FORM, json @ ..] => json,
        [form, ..] if *form > FORM && *form < b' ' => {
            return Err(Unreadable::Newer(format!("{what} has the form {form}, and this version reads {FORM}")));
        }
        _ => return Err(Unreadable::Damaged(format!("{what} has no form"))),
    };
    serde_json::from_slice(json).map_err(|error| match error.classify() {
        // It is JSON, but says what this version does not know.
        Category::Data => Unreadable::Newer(error.to_string()),
        Category::Io | Category::Syntax | Category::Eof => Unreadable::Damaged(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(json: &str) -> Result<Record, Unreadable> {
        decode(&[&[FORM], json.as_bytes()].concat())
    }

    #[test]
    fn what_is_newer_is_told_apart_from_what_is_damaged() {
        let newer = [
            r#"[0,0,[{"run":["paused"]}]]"#,
            r#"[0,0,[{"lane":["x"]}]]"#,
            r#"[0,0,[{"step":["a",[{"failed":{"code":"FR9999","message":"","recovery":"permanent","certainty":"unknown"}}]]}]]"#,
            r#"[0,0,[{"step":["a",[{"failed":{"code":"FR0703","message":"","recovery":"perhaps","certainty":"unknown"}}]]}]]"#,
            r#"[0,0,[{"node":["a",[{"skipped":{"reason":"weather"}}]]}]]"#,
            r#"[0,0,[{"node":["a",[{"skipped":{"reason":"upstream","since":3}}]]}]]"#,
            r#"[0,0,[{"step":["a/b(2)",["cancelled"]]}]]"#,
        ];
        for json in newer {
            assert!(matches!(read_json(json), Err(Unreadable::Newer(_))), "{json}: {:?}", read_json(json));
        }
        assert!(matches!(decode(&[2, b'[']), Err(Unreadable::Newer(_))));
        for bytes in [&b""[..], b"[0,0,[]]", b"\x01", b"\x01[0,0,[", b"\x01[0,0,[]]]", b"\x01[0,0,[\"\xff\"]]", b"\x00"]
        {
            assert!(matches!(decode(bytes), Err(Unreadable::Damaged(_))), "{bytes:?}: {:?}", decode(bytes));
        }
    }

    #[test]
    fn what_follows_about_one_step_names_it_once() {
        let json = r#"[4,1763899200000000000,[{"step":["file[2]",[{"started":{"input":{}}},{"attempt_started":{"attempt":1}}]]}]]"#;
        let record = read_json(json).unwrap();
        assert_eq!((record.sequence, record.entries.len()), (4, 2));
        assert_eq!(encode(&record)[1..], *json.as_bytes());
    }
}
