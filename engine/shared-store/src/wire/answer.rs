//! Answers.

use std::io;

use flowrun_engine::{
    id::{DriverId, RunId},
    journal::{Unreadable, decode, decode_signal, encode, encode_signal},
    store::{RunPage, StoreCounts},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Fault, head,
    parts::{ClaimForm, DueForm, SummaryForm, driver_form},
    read,
};
use crate::{
    frame::{Frame, invalid},
    request::{Answer, Answered, Page},
};

/// A page of records ends where it has so many bytes.
const LARGEST_PAGE: usize = 4 << 20;

/// The head of an answer. What is kept of it is beside it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Failed(Fault),
    Done,
    Claimed(ClaimForm),
    Drivers(Vec<Option<Uuid>>),
    Posted(u64),
    /// The numbers of the messages.
    Inbox(Vec<u64>),
    Records {
        is_whole: bool,
    },
    Definition,
    Summary(Option<Box<SummaryForm>>),
    List {
        runs: Vec<SummaryForm>,
        next: Option<RunId>,
    },
    ByKey(Option<RunId>),
    Due(Vec<DueForm>),
    Ahead(Vec<RunId>),
    ByPrefix(Vec<RunId>),
    Pruned(u64),
    BackedUp {
        runs: u64,
        records: u64,
    },
}

/// An answer as it goes.
pub(crate) fn encode_answer(number: u64, answered: &Answered) -> Frame {
    let mut blobs = Vec::new();
    let form = match answered {
        Err(error) => Form::Failed(Fault::of(error)),
        Ok(Answer::Done) => Form::Done,
        Ok(Answer::Claimed(claim)) => Form::Claimed(claim.into()),
        Ok(Answer::Drivers(drivers)) => Form::Drivers(drivers.iter().map(|driver| driver.map(driver_form)).collect()),
        Ok(Answer::Posted(number)) => Form::Posted(*number),
        Ok(Answer::Inbox(messages)) => {
            blobs.extend(messages.iter().map(|(_, signal)| encode_signal(signal)));
            Form::Inbox(messages.iter().map(|(number, _)| *number).collect())
        }
        Ok(Answer::Records(page)) => {
            let mut room = LARGEST_PAGE;
            for record in page.records.iter().map(encode) {
                // The first goes however long it is.
                if record.len() > room && !blobs.is_empty() {
                    break;
                }
                room = room.saturating_sub(record.len());
                blobs.push(record);
            }
            Form::Records { is_whole: page.is_whole && blobs.len() == page.records.len() }
        }
        Ok(Answer::Definition(text)) => {
            blobs.extend(text.iter().map(|text| text.clone().into_bytes()));
            Form::Definition
        }
        Ok(Answer::Summary(summary)) => Form::Summary(summary.as_deref().map(|summary| Box::new(summary.into()))),
        Ok(Answer::List(RunPage { runs, next })) => {
            Form::List { runs: runs.iter().map(SummaryForm::from).collect(), next: *next }
        }
        Ok(Answer::ByKey(run)) => Form::ByKey(*run),
        Ok(Answer::Due(due)) => Form::Due(due.iter().map(DueForm::from).collect()),
        Ok(Answer::Ahead(runs)) => Form::Ahead(runs.clone()),
        Ok(Answer::ByPrefix(runs)) => Form::ByPrefix(runs.clone()),
        Ok(Answer::Pruned(records)) => Form::Pruned(*records),
        Ok(Answer::BackedUp(StoreCounts { runs, records })) => Form::BackedUp { runs: *runs, records: *records },
    };
    Frame { number, head: head(&form), blobs }
}

/// Reads what [`encode_answer`] made.
pub(crate) fn decode_answer(frame: Frame) -> io::Result<Answered> {
    let answer = match read(&frame.head)? {
        Form::Failed(fault) => return Ok(Err(fault.into())),
        Form::Done => Answer::Done,
        Form::Claimed(claim) => Answer::Claimed(claim.into()),
        Form::Drivers(drivers) => {
            Answer::Drivers(drivers.into_iter().map(|driver| driver.map(DriverId::new)).collect())
        }
        Form::Posted(number) => Answer::Posted(number),
        Form::Inbox(numbers) => match all(&frame.blobs, decode_signal) {
            Ok(signals) => Answer::Inbox(numbers.into_iter().zip(signals).collect()),
            Err(fault) => return Ok(Err(fault.into())),
        },
        Form::Records { is_whole } => match all(&frame.blobs, decode) {
            Ok(records) => Answer::Records(Page { records, is_whole }),
            Err(fault) => return Ok(Err(fault.into())),
        },
        Form::Definition => {
            let text = frame.blobs.into_iter().next().map(String::from_utf8).transpose();
            Answer::Definition(text.map_err(|_| invalid())?)
        }
        Form::Summary(summary) => Answer::Summary(summary.map(|summary| Box::new((*summary).into()))),
        Form::List { runs, next } => Answer::List(RunPage { runs: runs.into_iter().map(Into::into).collect(), next }),
        Form::ByKey(run) => Answer::ByKey(run),
        Form::Due(due) => Answer::Due(due.into_iter().map(Into::into).collect()),
        Form::Ahead(runs) => Answer::Ahead(runs),
        Form::ByPrefix(runs) => Answer::ByPrefix(runs),
        Form::Pruned(records) => Answer::Pruned(records),
        Form::BackedUp { runs, records } => Answer::BackedUp(StoreCounts { runs, records }),
    };
    Ok(Ok(answer))
}

fn all<T>(blobs: &[Vec<u8>], decode: impl Fn(&[u8]) -> Result<T, Unreadable>) -> Result<Vec<T>, Fault> {
    blobs.iter().map(|blob| decode(blob)).collect::<Result<_, _>>().map_err(Fault::unreadable)
}
