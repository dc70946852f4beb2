//! Transitions: which are available for an issue, and which one a status or a transition's name means.

use flowrun_engine::activity::Failure;
use serde::Deserialize;
use serde_json::Value;

use super::{Named, Screen, similar};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    input::{IssueKey, Name, cut, refused},
    permission::TRANSITION_ISSUES,
};

/// A way from an issue's status to another.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    /// Its id and name.
    pub(crate) named: Named,
    /// The status that it leads to.
    pub(crate) to: Named,
    /// What may be set on the way.
    pub(crate) screen: Screen,
}

/// Where an issue is to go.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// To a status: its name or id.
    Status(Name),
    /// Through a transition: its name or id.
    Transition(Name),
}

/// What has to be done for that.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Move<'a> {
    /// Nothing: it has that status.
    Already,
    /// This transition.
    Through(&'a Transition),
}

/// Reads the transitions that the user may make with an issue as it is.
pub(crate) async fn transitions(reader: &Reader, issue: &IssueKey) -> Result<Vec<Transition>, JiraError> {
    let call = Call::new(&endpoint::GET_TRANSITIONS, [issue.as_str()], issue.to_string());
    let answer: Answer = reader.read(call.query("expand", "transitions.fields")).await?;
    let available = answer.transitions.into_iter().filter(|transition| transition.is_available != Some(false));
    let read: Result<_, serde_json::Error> = available.map(Transition::read).collect();
    read.map_err(|cause| JiraError::of_read(issue.to_string(), ErrorKind::Unreadable(cause.to_string())))
}

#[derive(Deserialize)]
struct Answer {
    transitions: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    id: String,
    name: String,
    to: Status,
    #[serde(default)]
    is_available: Option<bool>,
    #[serde(default)]
    fields: Value,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    name: String,
}

impl Transition {
    fn read(written: Written) -> Result<Self, serde_json::Error> {
        let screen = Screen::of_object(format!("the screen of transition `{}`", written.name), &written.fields)?;
        let to = Named { id: written.to.id, name: written.to.name };
        Ok(Self { named: Named { id: written.id, name: written.name }, to, screen })
    }

    /// "`Start` (to `In Progress`)"
    fn shown(&self) -> String {
        format!("`{}` (to `{}`)", self.named.name, self.to.name)
    }
}

impl Aim {
    /// The move that takes an issue, which is in the status `from`, there.
    pub(crate) fn find<'a>(&self, key: &str, from: &Named, among: &'a [Transition]) -> Result<Move<'a>, Failure> {
        let (field, wanted) = match self {
            Self::Status(name) => ("status", name.as_str()),
            Self::Transition(name) => ("transition", name.as_str()),
        };
        let found = match self {
            Self::Status(_) if matches(wanted, from) => return Ok(Move::Already),
            Self::Status(_) => {
                let by_status = best(wanted, among, |transition| &transition.to);
                if by_status.is_empty() { best(wanted, among, |transition| &transition.named) } else { by_status }
            }
            Self::Transition(_) => best(wanted, among, |transition| &transition.named),
        };
        match found.as_slice() {
            [one] => Ok(Move::Through(one)),
            [] if among.is_empty() => Err(nothing_available(key, from).with_field(field)),
            [] => Err(self.unknown(key, from, among).with_field(field)),
            several => Err(ambiguous(key, wanted, several).with_field(field)),
        }
    }

    fn unknown(&self, key: &str, from: &Named, among: &[Transition]) -> Failure {
        let (stated, wanted) = match self {
            Self::Status(name) => ("leads it to", name.as_str()),
            Self::Transition(name) => ("is called", name.as_str()),
        };
        let mut names: Vec<_> = among.iter().map(|transition| transition.named.clone()).collect();
        if matches!(self, Self::Status(_)) {
            names.extend(among.iter().map(|transition| transition.to.clone()));
        }
        let available: Vec<_> = among.iter().map(Transition::shown).collect();
        let (from, available, similar) = (&from.name, available.join(", "), similar(wanted, &names));
        let failure = refused(format!(
            "issue `{key}` is in `{from}`, and no transition {stated} `{}`; available: {available}{similar}",
            cut(wanted)
        ));
        if among.iter().any(|transition| matches(wanted, &transition.to)) {
            return failure.with_help(format!("`{wanted}` is a status: give it as `status`"));
        }
        failure
    }
}

fn nothing_available(key: &str, from: &Named) -> Failure {
    refused(format!("no transition is available for issue `{key}`, which is in `{}`", from.name)).with_help(format!(
        "the user lacks the permission \"Transition issues\" (`{TRANSITION_ISSUES}`), or no transition leads out of that status"
    ))
}

fn ambiguous(key: &str, wanted: &str, several: &[&Transition]) -> Failure {
    let shown =
        several.iter().map(|transition| format!("{} with the id `{}`", transition.shown(), transition.named.id));
    let shown: Vec<_> = shown.collect();
    refused(format!("several transitions of issue `{key}` fit `{wanted}`: {}", shown.join(", "))).with_help(
        "give the one that is meant as `transition`, by its id or a name that only it has, instead of `status`",
    )
}

/// Those that a text names best: by id, else by name, else by name in other capitals.
fn best<'a>(wanted: &str, among: &'a [Transition], of: impl Fn(&Transition) -> &Named) -> Vec<&'a Transition> {
    let found = |fits: fn(&str, &Named) -> bool| -> Vec<_> {
        among.iter().filter(|transition| fits(wanted.trim(), of(transition))).collect()
    };
    let tiers = [by_id, by_name, by_any_capitals].map(found);
    tiers.into_iter().find(|tier| !tier.is_empty()).unwrap_or_default()
}

fn matches(wanted: &str, named: &Named) -> bool {
    [by_id, by_name, by_any_capitals].into_iter().any(|fits| fits(wanted.trim(), named))
}

fn by_id(wanted: &str, named: &Named) -> bool {
    named.id == wanted
}

fn by_name(wanted: &str, named: &Named) -> bool {
    named.name == wanted
}

fn by_any_capitals(wanted: &str, named: &Named) -> bool {
    named.name.trim().to_lowercase() == wanted.to_lowercase()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn all() -> Vec<Transition> {
        let written = json!([
            { "id": "11", "name": "Start", "to": { "id": "3", "name": "In Progress" }, "fields": {} },
            { "id": "21", "name": "Resolve", "to": { "id": "4", "name": "Done" }, "isAvailable": true },
            { "id": "31", "name": "Close", "to": { "id": "4", "name": "Done" } },
            { "id": "41", "name": "Done", "to": { "id": "5", "name": "Archive" } },
            { "id": "51", "name": "Wait", "to": { "id": "6", "name": "Waiting" } },
            { "id": "61", "name": "Wait", "to": { "id": "7", "name": "Blocked" } },
        ]);
        let written: Vec<Written> = serde_json::from_value(written).expect("transitions");
        written.into_iter().map(|written| Transition::read(written).expect("a transition")).collect()
    }

    fn found(aim: &Aim, among: &[Transition]) -> String {
        let from = Named { id: "1".into(), name: "To Do".into() };
        match aim.find("OPS-1", &from, among) {
            Ok(Move::Already) => "already".into(),
            Ok(Move::Through(transition)) => transition.named.id.clone(),
            Err(failure) => format!("{}: {}", failure.field.unwrap_or_default(), failure.message),
        }
    }

    #[test]
    fn a_status_is_reached_through_the_one_transition_that_leads_there() {
        let status = |name: &str| found(&Aim::Status(Name(name.into())), &all());
        for (name, expected) in [
            ("In Progress", "11"),
            ("in progress", "11"),
            ("3", "11"),
            ("Start", "11"),
            ("Archive", "41"),
            ("Close", "31"),
            ("To Do", "already"),
            ("TO DO", "already"),
            ("1", "already"),
        ] {
            assert_eq!(status(name), expected, "{name}");
        }
        assert_snapshot!(status("Done"), @"status: several transitions of issue `OPS-1` fit `Done`: `Resolve` (to `Done`) with the id `21`, `Close` (to `Done`) with the id `31`");
        assert_snapshot!(status("In Progres"), @"status: issue `OPS-1` is in `To Do`, and no transition leads it to `In Progres`; available: `Start` (to `In Progress`), `Resolve` (to `Done`), `Close` (to `Done`), `Done` (to `Archive`), `Wait` (to `Waiting`), `Wait` (to `Blocked`); did you mean `In Progress`?");
    }

    #[test]
    fn a_transition_is_taken_by_its_own_name() {
        let through = |name: &str| found(&Aim::Transition(Name(name.into())), &all());
        for (name, expected) in [("Done", "41"), ("31", "31"), ("close", "31")] {
            assert_eq!(through(name), expected, "{name}");
        }
        assert_snapshot!(through("Wait"), @"transition: several transitions of issue `OPS-1` fit `Wait`: `Wait` (to `Waiting`) with the id `51`, `Wait` (to `Blocked`) with the id `61`");
        assert!(through("Archive").contains("no transition is called `Archive`"));
    }

    #[test]
    fn where_nothing_is_available_that_is_said() {
        let told = found(&Aim::Status(Name("Done".into())), &[]);
        assert_snapshot!(told, @"status: no transition is available for issue `OPS-1`, which is in `To Do`");
        assert_eq!(found(&Aim::Status(Name("to do".into())), &[]), "already");
    }
}
