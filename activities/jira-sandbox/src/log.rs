//! The effect log: one JSON line for each effect, synced before its answer, replayed on start.
//!
//! A line is either an effect with its change, or `{"replied": seq}`: the answer of that effect was handed to the
//! connection. The second kind is not synced: it says less, and losing it loses no effect.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    path::Path,
};

use serde_json::{Value, json};

use crate::effect::{Change, Effect, RecordedEffect};

/// The log of a world: in a file, or in memory alone.
#[derive(Debug, Default)]
pub(crate) struct EffectLog {
    file: Option<File>,
    pub(crate) effects: Vec<RecordedEffect>,
    /// Set when a write failed: what the file ends with is unknown, so nothing may follow it.
    broken: bool,
}

/// A line that is not an effect although it is complete.
#[derive(Debug)]
pub(crate) struct DamagedLine(pub(crate) usize);

impl EffectLog {
    /// Opens a log file, cuts off what a crash left half-written, and reads the rest.
    pub(crate) fn open(path: &Path) -> io::Result<Result<Self, DamagedLine>> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let bytes = std::fs::read(path)?;
        let (effects, whole) = match parse(&bytes) {
            Ok(parsed) => parsed,
            Err(damaged) => return Ok(Err(damaged)),
        };
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
            file.sync_data()?;
        }
        file.seek(io::SeekFrom::Start(whole as u64))?;
        Ok(Ok(Self { file: Some(file), effects, broken: false }))
    }

    /// Appends an effect; it is on the disk when this returns.
    pub(crate) fn append(&mut self, recorded: RecordedEffect) -> io::Result<()> {
        self.write(&line(&recorded)?, File::sync_data)?;
        self.effects.push(recorded);
        Ok(())
    }

    /// Notes that the answer of an effect was handed to the connection.
    pub(crate) fn replied(&mut self, seq: u64) -> io::Result<()> {
        let Some(recorded) = self.effects.iter_mut().rfind(|recorded| recorded.effect.seq == seq) else {
            return Ok(());
        };
        recorded.effect.replied = true;
        self.write(&format!("{}\n", json!({ "replied": seq })), |_| Ok(()))
    }

    fn write(&mut self, line: &str, sync: fn(&File) -> io::Result<()>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.broken {
            return Err(io::Error::other("an earlier write to the effect log failed"));
        }
        let written = file.write_all(line.as_bytes()).and_then(|()| sync(file));
        self.broken = written.is_err();
        written
    }

    /// Forgets every effect.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.set_len(0)?;
            file.rewind()?;
            file.sync_data()?;
        }
        self.effects.clear();
        self.broken = false;
        Ok(())
    }

    /// A log on a disk that is full.
    #[cfg(all(test, target_os = "linux"))]
    pub(crate) fn full() -> Self {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        Self { file: Some(full), ..Self::default() }
    }

    /// The number of the next effect.
    pub(crate) fn next_seq(&self) -> u64 {
        self.effects.last().map_or(1, |last| last.effect.seq + 1)
    }
}

/// Reads a log: its effects, and how many bytes of it are whole lines.
///
/// The last line may be torn: without its line feed, or, after a power cut, with pages of zeros in it. Such an effect was
/// never answered, so it never happened.
pub(crate) fn parse(bytes: &[u8]) -> Result<(Vec<RecordedEffect>, usize), DamagedLine> {
    let (mut effects, mut whole) = (Vec::<RecordedEffect>::new(), 0);
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_last = whole + line.len() == bytes.len();
        if is_last && (!line.ends_with(b"\n") || line.contains(&0)) {
            break;
        }
        read_line(line, &mut effects).ok_or(DamagedLine(index + 1))?;
        whole += line.len();
    }
    Ok((effects, whole))
}

fn read_line(line: &[u8], effects: &mut Vec<RecordedEffect>) -> Option<()> {
    let mut value: Value = serde_json::from_slice(line).ok()?;
    if let Some(seq) = value.get("replied").and_then(Value::as_u64) {
        let recorded = effects.iter_mut().rfind(|recorded| recorded.effect.seq == seq)?;
        recorded.effect.replied = true;
        return Some(());
    }
    let change: Change = serde_json::from_value(value.as_object_mut()?.shift_remove("change")?).ok()?;
    let effect: Effect = serde_json::from_value(value).ok()?;
    let follows = effects.last().is_none_or(|last| last.effect.seq + 1 == effect.seq);
    follows.then(|| effects.push(RecordedEffect { effect, change }))
}

fn line(recorded: &RecordedEffect) -> io::Result<String> {
    let mut value = serde_json::to_value(&recorded.effect)?;
    value["change"] = serde_json::to_value(&recorded.change)?;
    Ok(format!("{value}\n"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn deletion(seq: u64) -> RecordedEffect {
        let effect = json!({
            "seq": seq,
            "time": "2026-11-23T10:00:00Z",
            "operation": "deleteIssue",
            "method": "DELETE",
            "path": "/rest/api/3/issue/OPS-1",
            "issue": "OPS-1",
            "account": "a",
            "body": null,
            "status": 204,
            "replied": false,
        });
        RecordedEffect {
            effect: serde_json::from_value(effect).expect("an effect"),
            change: Change::IssuesDeleted(vec![10001]),
        }
    }

    #[test]
    fn after_a_failed_write_nothing_is_appended_any_more() {
        let mut log = EffectLog::full();
        assert_eq!(log.append(deletion(1)).expect_err("no room").kind(), io::ErrorKind::StorageFull);
        // Room would be there again, but half a line may be too.
        log.file = Some(tempfile::tempfile().expect("a file"));
        assert!(log.append(deletion(1)).is_err());
        assert_eq!(log.effects, []);
    }
}
