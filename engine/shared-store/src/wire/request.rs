//! Requests.

use std::{ffi::OsStr, io, os::unix::ffi::OsStrExt, path::PathBuf};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{decode, decode_signal, encode, encode_signal},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Fault, head,
    parts::{BarrierForm, ClaimForm, FilterForm, SummaryForm, TimeForm, TopicForm, driver_form},
    read,
};
use crate::{
    frame::{Frame, invalid},
    request::{Message, NewDefinition, NewRun, Request},
};

/// The head of a request. What is kept of it is beside it, in the order of its fields.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Create {
        summary: SummaryForm,
        driver: Option<Uuid>,
        barrier: BarrierForm,
    },
    Claim {
        run: RunId,
        driver: Uuid,
    },
    Release(ClaimForm),
    Drivers(Vec<RunId>),
    Append {
        claim: ClaimForm,
        summary: Option<SummaryForm>,
        barrier: BarrierForm,
    },
    AppendWithDefinition {
        claim: ClaimForm,
        summary: SummaryForm,
    },
    Post {
        run: RunId,
        after: u64,
        is_repeated: bool,
    },
    Inbox {
        run: RunId,
        after: u64,
    },
    Records {
        run: RunId,
        sequence: u64,
        limit: usize,
    },
    Definition(DefinitionHash),
    Summary(RunId),
    List(FilterForm),
    ByKey(RunKey),
    Due {
        until: TimeForm,
        limit: usize,
    },
    Ahead {
        run: RunId,
        limit: usize,
    },
    ByPrefix {
        prefix: String,
        limit: usize,
    },
    Prune(RunId),
    /// The path is beside it.
    Backup,
    Hold(ClaimForm),
    HeldAll,
    Subscribe(TopicForm),
    Unsubscribe(TopicForm),
    Ping,
}

/// A request as it goes.
pub(crate) fn encode_request(number: u64, request: &Request) -> Frame {
    let mut blobs = Vec::new();
    let form = match request {
        Request::Create(new) => {
            blobs.extend([encode(&new.record), new.definition.clone().into_bytes()]);
            Form::Create {
                summary: (&new.summary).into(),
                driver: new.driver.map(driver_form),
                barrier: new.barrier.into(),
            }
        }
        Request::Claim { run, driver } => Form::Claim { run: *run, driver: driver_form(*driver) },
        Request::Release(claim) => Form::Release(claim.into()),
        Request::Drivers(runs) => Form::Drivers(runs.clone()),
        Request::Append { claim, record, summary, barrier } => {
            blobs.push(encode(record));
            Form::Append {
                claim: claim.into(),
                summary: summary.as_deref().map(SummaryForm::from),
                barrier: (*barrier).into(),
            }
        }
        Request::AppendWithDefinition(new) => {
            blobs.extend([encode(&new.record), new.definition.clone().into_bytes()]);
            Form::AppendWithDefinition { claim: (&new.claim).into(), summary: (&new.summary).into() }
        }
        Request::Post(Message { run, signal, after, is_repeated }) => {
            blobs.push(encode_signal(signal));
            Form::Post { run: *run, after: *after, is_repeated: *is_repeated }
        }
        Request::Inbox { run, after } => Form::Inbox { run: *run, after: *after },
        Request::Records { run, sequence, limit } => Form::Records { run: *run, sequence: *sequence, limit: *limit },
        Request::Definition(hash) => Form::Definition(hash.clone()),
        Request::Summary(run) => Form::Summary(*run),
        Request::List(filter) => Form::List(filter.into()),
        Request::ByKey(key) => Form::ByKey(key.clone()),
        Request::Due { until, limit } => Form::Due { until: TimeForm(*until), limit: *limit },
        Request::Ahead { run, limit } => Form::Ahead { run: *run, limit: *limit },
        Request::ByPrefix { prefix, limit } => Form::ByPrefix { prefix: prefix.clone(), limit: *limit },
        Request::Prune(run) => Form::Prune(*run),
        Request::Backup(to) => {
            blobs.push(to.as_os_str().as_bytes().to_vec());
            Form::Backup
        }
        Request::Hold(claim) => Form::Hold(claim.into()),
        Request::HeldAll => Form::HeldAll,
        Request::Subscribe(topic) => Form::Subscribe((*topic).into()),
        Request::Unsubscribe(topic) => Form::Unsubscribe((*topic).into()),
        Request::Ping => Form::Ping,
    };
    Frame { number, head: head(&form), blobs }
}

/// Reads what [`encode_request`] made: a request, or what is to be answered where it cannot be read.
pub(crate) fn decode_request(frame: &Frame) -> io::Result<Result<Request, Fault>> {
    let blob = |at: usize| frame.blobs.get(at).map(Vec::as_slice).ok_or_else(invalid);
    let request = match read(&frame.head)? {
        Form::Create { summary, driver, barrier } => {
            let definition = String::from_utf8(blob(1)?.to_vec()).map_err(|_| invalid())?;
            decode(blob(0)?).map(|record| {
                let (summary, driver, barrier) = (summary.into(), driver.map(DriverId::new), barrier.into());
                Request::Create(Box::new(NewRun { summary, definition, record, driver, barrier }))
            })
        }
        Form::Claim { run, driver } => Ok(Request::Claim { run, driver: DriverId::new(driver) }),
        Form::Release(claim) => Ok(Request::Release(claim.into())),
        Form::Drivers(runs) => Ok(Request::Drivers(runs)),
        Form::Append { claim, summary, barrier } => decode(blob(0)?).map(|record| Request::Append {
            claim: claim.into(),
            record,
            summary: summary.map(|summary| Box::new(summary.into())),
            barrier: barrier.into(),
        }),
        Form::AppendWithDefinition { claim, summary } => {
            let definition = String::from_utf8(blob(1)?.to_vec()).map_err(|_| invalid())?;
            decode(blob(0)?).map(|record| {
                let (claim, summary) = (claim.into(), summary.into());
                Request::AppendWithDefinition(Box::new(NewDefinition { claim, record, summary, definition }))
            })
        }
        Form::Post { run, after, is_repeated } => {
            decode_signal(blob(0)?).map(|signal| Request::Post(Message { run, signal, after, is_repeated }))
        }
        Form::Inbox { run, after } => Ok(Request::Inbox { run, after }),
        Form::Records { run, sequence, limit } => Ok(Request::Records { run, sequence, limit }),
        Form::Definition(hash) => Ok(Request::Definition(hash)),
        Form::Summary(run) => Ok(Request::Summary(run)),
        Form::List(filter) => Ok(Request::List(filter.into())),
        Form::ByKey(key) => Ok(Request::ByKey(key)),
        Form::Due { until: TimeForm(until), limit } => Ok(Request::Due { until, limit }),
        Form::Ahead { run, limit } => Ok(Request::Ahead { run, limit }),
        Form::ByPrefix { prefix, limit } => Ok(Request::ByPrefix { prefix, limit }),
        Form::Prune(run) => Ok(Request::Prune(run)),
        Form::Backup => Ok(Request::Backup(PathBuf::from(OsStr::from_bytes(blob(0)?)))),
        Form::Hold(claim) => Ok(Request::Hold(claim.into())),
        Form::HeldAll => Ok(Request::HeldAll),
        Form::Subscribe(topic) => Ok(Request::Subscribe(topic.into())),
        Form::Unsubscribe(topic) => Ok(Request::Unsubscribe(topic.into())),
        Form::Ping => Ok(Request::Ping),
    };
    Ok(request.map_err(Fault::unreadable))
}
