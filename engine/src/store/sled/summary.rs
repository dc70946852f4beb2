//! A run's summary as it is kept: under short names, without the run, which stands beside it.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::fault::Fault;
use crate::{
    concurrency::Admission,
    id::{DefinitionHash, RunId, RunKey},
    status::RunStatus,
    store::{RunFailure, RunSummary},
};

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    key: Option<RunKey>,
    #[serde(rename = "d")]
    definition: DefinitionHash,
    #[serde(rename = "p")]
    process: String,
    #[serde(rename = "v")]
    version: String,
    #[serde(rename = "b")]
    began: Timestamp,
    #[serde(rename = "s")]
    status: RunStatus,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none", deserialize_with = "written")]
    due: WrittenDue,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    admission: Option<Admission>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    failure: Option<RunFailure>,
}

/// When a run is due, if that does not follow from its status.
type WrittenDue = Option<Option<Timestamp>>;

/// What is written is there, also where it is `null`.
fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WrittenDue, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn due_to_write(summary: &RunSummary) -> WrittenDue {
    let by_status = RunSummary::due_by_status(summary.status, summary.started_at);
    Some(summary.due).filter(|due| *due != by_status)
}

/// How far a run is: all that changes of most summaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    #[serde(rename = "s")]
    status: RunStatus,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none", deserialize_with = "written")]
    due: WrittenDue,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    failure: Option<RunFailure>,
}

impl Standing {
    /// The one that a summary tells.
    pub(super) fn of(summary: &RunSummary) -> Self {
        let due = due_to_write(summary);
        Self { status: summary.status, ended: summary.ended_at, due, failure: summary.failure.clone() }
    }

    /// The same summary with this standing.
    pub(super) fn in_summary(self, summary: &RunSummary) -> RunSummary {
        let due = self.due.unwrap_or_else(|| RunSummary::due_by_status(self.status, summary.started_at));
        RunSummary { status: self.status, ended_at: self.ended, due, failure: self.failure, ..summary.clone() }
    }

    /// Its bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        to_json(self)
    }

    /// Reads what [`Standing::encode`] wrote.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        from_json(bytes)
    }
}

/// The bytes of a summary.
pub(super) fn encode(summary: &RunSummary) -> Vec<u8> {
    let written_due = due_to_write(summary);
    let RunSummary {
        run: _,
        key,
        definition,
        process,
        version,
        status,
        started_at,
        ended_at,
        due: _,
        admission,
        failure,
    } = summary.clone();
    to_json(&Written {
        key,
        definition,
        process,
        version,
        began: started_at,
        status,
        ended: ended_at,
        due: written_due,
        admission,
        failure,
    })
}

/// Reads what [`encode`] wrote of `run`.
pub(super) fn decode(run: RunId, bytes: &[u8]) -> Result<RunSummary, Fault> {
    let written: Written = from_json(bytes)?;
    let Written { key, definition, process, version, began, status, ended, due, admission, failure } = written;
    let due = due.unwrap_or_else(|| RunSummary::due_by_status(status, began));
    let (started_at, ended_at) = (began, ended);
    Ok(RunSummary { run, key, definition, process, version, status, started_at, ended_at, due, admission, failure })
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, words and times have a JSON form")
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::Damaged(format!("a summary cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(key: Option<&str>, status: RunStatus, ended_at: Option<Timestamp>) -> RunSummary {
        let run = RunId::new(uuid::Uuid::from_u128(7));
        let (process, version) = ("sample".to_owned(), "1.0.0".to_owned());
        let (key, definition) = (key.map(RunKey::new), DefinitionHash::new("0a"));
        let (started_at, due) = (Timestamp::UNIX_EPOCH, None);
        let (admission, failure) = (None, None);
        RunSummary { run, key, definition, process, version, status, started_at, ended_at, due, admission, failure }
    }

    fn failure() -> RunFailure {
        RunFailure { place: "file".to_owned(), code: "FR0703".to_owned(), message: "no".to_owned() }
    }

    #[test]
    fn a_summary_comes_back_whole_and_by_its_standing() {
        let begun = summary(Some("nightly"), RunStatus::Running, None);
        for status in RunStatus::ALL {
            let times = [None, Some(Timestamp::UNIX_EPOCH), Some(Timestamp::MAX)];
            for (ended, due) in times.into_iter().flat_map(|ended| times.map(|due| (ended, due))) {
                let failure = (status == RunStatus::Failed).then(failure);
                let later = RunSummary { due, failure, ..summary(Some("nightly"), status, ended) };
                assert_eq!(decode(later.run, &encode(&later)).unwrap(), later);
                let standing = Standing::decode(&Standing::of(&later).encode()).unwrap();
                assert_eq!(standing.in_summary(&begun), later);
            }
        }
        let keyless = summary(None, RunStatus::Running, None);
        assert_eq!(decode(keyless.run, &encode(&keyless)).unwrap(), keyless);
    }

    /// It is looked at once, and says then when it is due.
    #[test]
    fn a_waiting_run_of_an_earlier_version_is_due_at_once() {
        let written = br#"{"d":"0a","p":"sample","v":"1.0.0","b":"1970-01-01T00:00:00Z","s":"waiting"}"#;
        assert_eq!(decode(RunId::new(uuid::Uuid::nil()), written).unwrap().due, Some(Timestamp::UNIX_EPOCH));
        let standing = Standing::decode(br#"{"s":"waiting"}"#).unwrap();
        let begun = summary(None, RunStatus::Running, None);
        assert_eq!(standing.in_summary(&begun).due, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn what_is_no_summary_is_told() {
        decode(RunId::new(uuid::Uuid::nil()), b"{}").unwrap_err();
        Standing::decode(b"").unwrap_err();
    }
}
