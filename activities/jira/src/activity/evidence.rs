//! What Jira shows of an effect whose answer was lost, and what follows from it. Each activity reads and judges in its own file; what
//! holds for all is here: presence is believed at once, absence only once no late request can land any more.

use flowrun_engine::{
    activity::{Attempt, Failure, Intent, OpenEffect, Reconciled, Recovery},
    diagnostic::Code,
    id::OperationId,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::text;
use crate::{
    client::{Call, Reader, TAG, endpoint, tag},
    permission,
};

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Evidence {
    /// It took effect.
    Took {
        /// Its result.
        result: Value,
        /// What shows it: "comment `10012` bears the tag of this effect".
        by: String,
    },
    /// Nothing of it is there; what was looked at.
    Absent(String),
    /// Neither can be shown, now or later; why.
    Unclear(String),
}

impl Evidence {
    /// It took effect, with this result.
    pub(super) fn took(result: Value, by: impl Into<String>) -> Self {
        Self::Took { result, by: by.into() }
    }
}

/// After a read that failed for want of Jira, the next one comes so much later.
const READ_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// What follows from what was seen, or from the failure to see anything.
pub(super) fn reconciled(seen: Result<Evidence, Failure>, operation: &OperationId, reader: &Reader) -> Reconciled {
    match seen {
        Ok(Evidence::Took { result, by }) => Reconciled::Happened { result, evidence: by },
        Ok(Evidence::Absent(looked_at)) => match reader.may_land_until(operation) {
            None => Reconciled::DidNotHappen { evidence: looked_at },
            Some(until) => {
                Reconciled::NotYet { until, why: format!("{looked_at}, but a late request could still land") }
            }
        },
        Ok(Evidence::Unclear(why)) => Reconciled::Undecidable(why),
        Err(failure) => unread(failure, reader.now()),
    }
}

/// A look that failed shows nothing. Where another one can help it comes later, or once a grant is there.
fn unread(failure: Failure, now: Timestamp) -> Reconciled {
    let until = match failure.recovery {
        Recovery::Transient { not_before } => not_before.unwrap_or(now.saturating_add(READ_AGAIN).unwrap_or(now)),
        Recovery::RateLimited { until } => until,
        Recovery::NeedsGrant | Recovery::Denied | Recovery::PerhapsDenied => return Reconciled::Denied(failure),
        Recovery::Permanent => {
            return Reconciled::Undecidable(format!("it cannot be looked for: {}", failure.message));
        }
    };
    Reconciled::NotYet { until, why: format!("it could not be looked for: {}", failure.message) }
}

/// Where permissions are held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// In the project with this key.
    Project(&'a str),
    /// On the issue with this key or id.
    Issue(&'a str),
}

/// Sees that the user holds permissions, without which what is there may be hidden. Who saw nothing looks once more after this: they may have
/// been given back in between.
///
/// # Errors
/// The first that is missing, which may be given back; and when Jira does not tell.
pub(super) async fn sees(reader: &Reader, place: Place<'_>, permissions: &[&str]) -> Result<(), Failure> {
    let (parameter, name, place) = match place {
        Place::Project(key) => ("projectKey", key, format!("in project `{key}`")),
        Place::Issue(key) => ("issueKey", key, format!("on issue `{key}`")),
    };
    let call = Call::new(&endpoint::MY_PERMISSIONS, [], format!("the permissions {place}"));
    let held = reader.send(&call.query(parameter, name).query("permissions", permissions.join(","))).await?;
    let missing = permissions.iter().find(|key| held["permissions"][**key]["havePermission"] != true);
    missing.map_or(Ok(()), |key| {
        let name = permission::name_of(key);
        let message = format!("what is not seen may be hidden: the permission {name} is missing {place}");
        let missing = Failure::permanent(Code::NOT_AUTHORISED, message);
        Err(Failure { recovery: Recovery::PerhapsDenied, ..missing })
    })
}

/// The issue that an effect was to change, by its id, with these fields, its tag and its history.
pub(super) async fn changed_issue(reader: &Reader, open: &OpenEffect, fields: &str) -> Result<Value, Failure> {
    let Intent { baseline, target, .. } = &open.intent;
    let (id, key) = (text(baseline, "id", target)?, text(baseline, "key", target)?);
    let call = Call::new(&endpoint::GET_ISSUE, [&*id], format!("issue `{key}`")).query("fields", fields);
    Ok(reader.send(&call.query("properties", TAG).query("expand", "changelog")).await?)
}

/// The newest entry of an issue's history, which was read with it: what comes later has a higher id. \[unverified\]
pub(super) fn newest_change(issue: &Value) -> Option<u64> {
    let histories = issue["changelog"]["histories"].as_array()?;
    Some(histories.iter().filter_map(number).max().unwrap_or(0))
}

/// The changes of a field of an issue since an effect was prepared, the oldest first. By the history's own numbers, not by clocks;
/// none where the history was not seen before.
pub(super) fn changes<'a>(issue: &'a Value, field: &str, open: &OpenEffect) -> Vec<FieldChange<'a>> {
    let Some(before) = open.intent.baseline["history"].as_u64() else { return Vec::new() };
    let histories = issue["changelog"]["histories"].as_array().into_iter().flatten();
    let mut since: Vec<_> = histories.filter(|history| number(history).is_some_and(|id| id > before)).collect();
    // Which end comes first is not promised.
    since.sort_by_key(|history| number(history));
    let changed = since.into_iter().flat_map(|history| {
        let items = history["items"].as_array().into_iter().flatten();
        let items = items.filter(|item| item["fieldId"] == field || item["field"] == field);
        items.map(|item| FieldChange { by: &history["author"]["accountId"], from: &item["from"], to: &item["to"] })
    });
    changed.collect()
}

fn number(history: &Value) -> Option<u64> {
    history["id"].as_str()?.parse().ok()
}

/// A change of one field.
pub(super) struct FieldChange<'a> {
    pub(super) by: &'a Value,
    pub(super) from: &'a Value,
    pub(super) to: &'a Value,
}

/// The tag of an effect whose answer was lost.
pub(super) fn tag_of<Input>(attempt: &Attempt<'_, Input>, open: &OpenEffect) -> Value {
    tag(&operation(attempt, open))
}

/// Which effect it is, of all runs.
pub(super) fn operation<Input>(attempt: &Attempt<'_, Input>, open: &OpenEffect) -> OperationId {
    OperationId { run: attempt.run, effect: open.id.clone() }
}

/// Whether a thing that was read with its properties bears a tag.
pub(super) fn bears(thing: &Value, tag: &Value) -> bool {
    tag_on(thing) == Some(tag)
}

/// The tag that a thing bears that was read with its properties: a map for issues, and a list of keys and values for comments and
/// worklogs. \[SPEC\]
pub(super) fn tag_on(thing: &Value) -> Option<&Value> {
    match &thing["properties"] {
        Value::Array(all) => all.iter().find(|property| property["key"] == TAG).map(|property| &property["value"]),
        properties => properties.get(TAG),
    }
}

/// A time as Jira writes it: `2026-01-31T09:30:00.000+0100`. \[SPEC\]
pub(super) fn created_at(written: &Value) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", written.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use flowrun_engine::{
        activity::Effect,
        diagnostic::Code,
        id::{EffectId, StepPath},
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn a_look_that_fails_comes_again_where_that_can_help() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let until = |recovery| {
            let failure = Failure { recovery, ..Failure::permanent(Code::UNAVAILABLE, "Jira is away") };
            match unread(failure, at(100)) {
                Reconciled::NotYet { until, .. } => Some(until.as_second()),
                _ => None,
            }
        };
        assert_eq!(until(Recovery::Transient { not_before: None }), Some(105));
        assert_eq!(until(Recovery::Transient { not_before: Some(at(130)) }), Some(130));
        assert_eq!(until(Recovery::RateLimited { until: at(160) }), Some(160));
        assert_eq!(until(Recovery::Permanent), None);
        assert_eq!(until(Recovery::NeedsGrant), None);
    }

    #[test]
    fn changes_of_a_field_come_in_their_order() {
        let history = |id: &str, to: &str| {
            json!({ "id": id, "author": { "accountId": "a" }, "items": [
                { "field": "summary", "fieldId": "summary", "from": null, "to": null },
                { "field": "status", "fieldId": "status", "from": "1", "to": to },
            ] })
        };
        let before = json!({ "changelog": { "histories": [history("99", "9")] } });
        let after =
            json!({ "changelog": { "histories": [history("101", "3"), history("100", "2"), history("99", "9")] } });
        let baseline = json!({ "history": newest_change(&before) });
        let effect = Effect::new("e", "issue OPS-1", "do it", Value::Null).with_baseline(baseline);
        let id = EffectId { step: StepPath::of("n".into()), name: effect.name.clone(), attempt: 1 };
        let mut open = OpenEffect { id, intent: effect.intent, intended_at: Timestamp::UNIX_EPOCH };
        let to = |open: &OpenEffect| {
            changes(&after, "status", open).iter().map(|change| change.to.clone()).collect::<Vec<_>>()
        };
        assert_eq!(to(&open), vec![json!("2"), json!("3")]);
        open.intent.baseline = Value::Null;
        assert_eq!(to(&open), Vec::<Value>::new(), "the history was not seen before");
    }

    #[test]
    fn a_tag_is_found_in_both_forms() {
        let ours = json!({ "run": "1" });
        assert!(bears(&json!({ "properties": { TAG: ours } }), &ours));
        assert!(bears(
            &json!({ "properties": [{ "key": "other", "value": 1 }, { "key": TAG, "value": ours }] }),
            &ours
        ));
        assert!(!bears(&json!({ "properties": [{ "key": TAG, "value": { "run": "2" } }] }), &ours));
        assert!(!bears(&json!({ "id": "10000" }), &ours));
    }
}
