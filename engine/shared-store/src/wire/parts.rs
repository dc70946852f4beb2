//! What several requests and answers are made of.

use std::num::NonZeroU32;

use flowrun_engine::{
    concurrency::Admission,
    id::{DefinitionHash, DriverId, RunId, RunKey},
    run::RunStatus,
    store::{Barrier, Claim, DueRun, RunFailure, RunFilter, RunSummary, watch::Topic},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) fn driver_form(driver: DriverId) -> Uuid {
    Uuid::from_bytes(*driver.as_bytes())
}

/// A claim.
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimForm(RunId, u64, Uuid);

impl From<&Claim> for ClaimForm {
    fn from(claim: &Claim) -> Self {
        Self(claim.run, claim.number, driver_form(claim.driver))
    }
}

impl From<ClaimForm> for Claim {
    fn from(ClaimForm(run, number, driver): ClaimForm) -> Self {
        Self { run, number, driver: DriverId::new(driver) }
    }
}

/// A summary.
#[derive(Serialize, Deserialize)]
pub(super) struct SummaryForm {
    run: RunId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<RunKey>,
    definition: DefinitionHash,
    process: String,
    version: String,
    status: RunStatus,
    started_at: TimeForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<TimeForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<TimeForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    admission: Option<AdmissionForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<RunFailure>,
}

impl From<&RunSummary> for SummaryForm {
    fn from(summary: &RunSummary) -> Self {
        Self {
            run: summary.run,
            key: summary.key.clone(),
            definition: summary.definition.clone(),
            process: summary.process.clone(),
            version: summary.version.clone(),
            status: summary.status,
            started_at: TimeForm(summary.started_at),
            ended_at: summary.ended_at.map(TimeForm),
            due: summary.due.map(TimeForm),
            admission: summary.admission.as_ref().map(AdmissionForm::from),
            failure: summary.failure.clone(),
        }
    }
}

impl From<SummaryForm> for RunSummary {
    fn from(form: SummaryForm) -> Self {
        Self {
            run: form.run,
            key: form.key,
            definition: form.definition,
            process: form.process,
            version: form.version,
            status: form.status,
            started_at: form.started_at.0,
            ended_at: form.ended_at.map(|TimeForm(at)| at),
            due: form.due.map(|TimeForm(at)| at),
            admission: form.admission.map(Admission::from),
            failure: form.failure,
        }
    }
}

/// What a run asked for before it may go on.
#[derive(Serialize, Deserialize)]
struct AdmissionForm {
    key: String,
    limit: NonZeroU32,
    asked_at: TimeForm,
    is_admitted: bool,
}

impl From<&Admission> for AdmissionForm {
    fn from(Admission { key, limit, asked_at, is_admitted }: &Admission) -> Self {
        Self { key: key.clone(), limit: *limit, asked_at: TimeForm(*asked_at), is_admitted: *is_admitted }
    }
}

impl From<AdmissionForm> for Admission {
    fn from(AdmissionForm { key, limit, asked_at, is_admitted }: AdmissionForm) -> Self {
        Self { key, limit, asked_at: asked_at.0, is_admitted }
    }
}

/// A time, in nanoseconds since 1970.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct TimeForm(#[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")] pub(super) Timestamp);

/// Which runs are listed.
#[derive(Serialize, Deserialize)]
pub(super) struct FilterForm {
    status: Option<RunStatus>,
    process: Option<String>,
    before: Option<RunId>,
    limit: usize,
}

impl From<&RunFilter> for FilterForm {
    fn from(RunFilter { status, process, before, limit }: &RunFilter) -> Self {
        Self { status: *status, process: process.clone(), before: *before, limit: *limit }
    }
}

impl From<FilterForm> for RunFilter {
    fn from(FilterForm { status, process, before, limit }: FilterForm) -> Self {
        Self { status, process, before, limit }
    }
}

/// A run that is due.
#[derive(Serialize, Deserialize)]
pub(super) struct DueForm(TimeForm, RunId);

impl From<&DueRun> for DueForm {
    fn from(DueRun { at, run }: &DueRun) -> Self {
        Self(TimeForm(*at), *run)
    }
}

impl From<DueForm> for DueRun {
    fn from(DueForm(TimeForm(at), run): DueForm) -> Self {
        Self { at, run }
    }
}

/// How soon a record must be durable.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BarrierForm {
    Now,
    Rides,
}

impl From<Barrier> for BarrierForm {
    fn from(barrier: Barrier) -> Self {
        match barrier {
            Barrier::Now => Self::Now,
            Barrier::Rides => Self::Rides,
        }
    }
}

impl From<BarrierForm> for Barrier {
    fn from(form: BarrierForm) -> Self {
        match form {
            BarrierForm::Now => Self::Now,
            BarrierForm::Rides => Self::Rides,
        }
    }
}

/// What is watched, or has changed.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TopicForm {
    Run(RunId),
    Inbox(RunId),
    Due,
}

impl From<Topic> for TopicForm {
    fn from(topic: Topic) -> Self {
        match topic {
            Topic::Run(run) => Self::Run(run),
            Topic::Inbox(run) => Self::Inbox(run),
            Topic::Due => Self::Due,
        }
    }
}

impl From<TopicForm> for Topic {
    fn from(form: TopicForm) -> Self {
        match form {
            TopicForm::Run(run) => Self::Run(run),
            TopicForm::Inbox(run) => Self::Inbox(run),
            TopicForm::Due => Self::Due,
        }
    }
}
