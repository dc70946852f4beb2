//! The document of `runs why`.

use flowrun_engine::{
    activity::Catalogue,
    run::{Ahead, RunState},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    FORMAT_VERSION,
    views::{AheadView, DoubtView, ErrorView},
};
use crate::report::{story::Story, why};

/// `flowrun runs why`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WhyDocument {
    format_version: &'static str,
    /// The run's id.
    run: String,
    /// The key that it was started with.
    key: Option<String>,
    /// The definition's name.
    process: String,
    /// How far the run is.
    status: &'static str,
    /// Why it failed, or what keeps it from going on; null where nothing does.
    failure: Option<ErrorView>,
    /// The attempts of the step that failed.
    attempts: Vec<TriedView>,
    /// The effects that had happened, or may have, by then, in words.
    effects: Option<String>,
    /// The nodes that did not begin because of it.
    skipped: Vec<String>,
    /// The effect of which a person has to say whether it happened.
    doubt: Option<DoubtView>,
    /// When it goes on by itself, while a process drives it.
    until: Option<String>,
    /// The run that is ahead, where it waits for its turn.
    waits_for: Option<AheadView>,
    /// The commands that help.
    commands: Vec<String>,
}

/// A try of a step.
#[derive(Debug, Serialize, JsonSchema)]
struct TriedView {
    /// Its number, from 1.
    number: u32,
    /// When it began.
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// Why it failed, in one line.
    failure: Option<String>,
}

impl WhyDocument {
    /// The story of a run.
    pub(crate) fn new(state: &RunState, catalogue: &Catalogue, ahead: Option<&Ahead>) -> Self {
        let (story, started) = (Story::new(state, catalogue), state.started());
        let failure = story.place.as_ref().zip(story.failure.as_ref()).map(|(place, failure)| {
            let node = place.split('[').next().unwrap_or(place);
            ErrorView::new(state, node, failure)
        });
        let attempts = story.attempts.iter().map(|attempt| TriedView {
            number: attempt.number,
            started_at: attempt.started_at.to_string(),
            ended_at: attempt.ended_at.map(|at| at.to_string()),
            failure: attempt.failure.map(|failure| format!("{}: {failure}", failure.code)),
        });
        Self {
            format_version: FORMAT_VERSION,
            run: started.run.to_string(),
            key: started.key.as_ref().map(ToString::to_string),
            process: started.process.clone(),
            status: state.status().as_str(),
            failure,
            attempts: attempts.collect(),
            commands: why::commands(state, &story, &started.run.to_string()),
            skipped: story.skipped.iter().map(ToString::to_string).collect(),
            doubt: story.doubt.as_ref().map(|doubt| DoubtView::new(state, doubt)),
            waits_for: ahead.map(AheadView::new),
            until: story.until.map(|at| at.to_string()),
            effects: story.effects,
        }
    }
}
