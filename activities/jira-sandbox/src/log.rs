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

use crate::effect::{Change, Effect, Recorded};

/// The log of a world: in a file, or in memory alone.
#[derive(Debug, Default)]
pub(crate) struct EffectLog {
    file: Option<File>,
    pub(crate) effects: Vec<Recorded>,
}

/// A line that is no effect although it is complete.
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
        Ok(Ok(Self { file: Some(file), effects }))
    }

    /// Appends an effect; it is on the disk when this returns.
    pub(crate) fn append(&mut self, recorded: Recorded) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(line(&recorded)?.as_bytes())?;
            file.sync_data()?;
        }
        self.effects.push(recorded);
        Ok(())
    }

    /// Notes that the answer of an effect was handed to the connection.
    pub(crate) fn replied(&mut self, seq: u64) -> io::Result<()> {
        let Some(recorded) = self.effects.iter_mut().rfind(|recorded| recorded.effect.seq == seq) else {
            return Ok(());
        };
        recorded.effect.replied = true;
        match &mut self.file {
            Some(file) => file.write_all(format!("{}\n", json!({ "replied": seq })).as_bytes()),
            None => Ok(()),
        }
    }

    /// Forgets every effect.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.set_len(0)?;
            file.rewind()?;
            file.sync_data()?;
        }
        self.effects.clear();
        Ok(())
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
pub(crate) fn parse(bytes: &[u8]) -> Result<(Vec<Recorded>, usize), DamagedLine> {
    let (mut effects, mut whole) = (Vec::<Recorded>::new(), 0);
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

fn read_line(line: &[u8], effects: &mut Vec<Recorded>) -> Option<()> {
    let mut value: Value = serde_json::from_slice(line).ok()?;
    if let Some(seq) = value.get("replied").and_then(Value::as_u64) {
        let recorded = effects.iter_mut().rfind(|recorded| recorded.effect.seq == seq)?;
        recorded.effect.replied = true;
        return Some(());
    }
    let change: Change = serde_json::from_value(value.as_object_mut()?.shift_remove("change")?).ok()?;
    let effect: Effect = serde_json::from_value(value).ok()?;
    let follows = effects.last().is_none_or(|last| last.effect.seq + 1 == effect.seq);
    follows.then(|| effects.push(Recorded { effect, change }))
}

fn line(recorded: &Recorded) -> io::Result<String> {
    let mut value = serde_json::to_value(&recorded.effect)?;
    value["change"] = serde_json::to_value(&recorded.change)?;
    Ok(format!("{value}\n"))
}
