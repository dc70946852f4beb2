//! What a refused transition means. Of two that are made at once Jira does one and answers the other with 400 or 409, which
//! is also how it refuses a wrong request: the issue is read again to tell the two apart.

use flowrun_engine::{
    activity::{Certainty, Failure, Recovery},
    diagnostic::Code,
};
use serde_json::Value;

use super::plan::{Moving, Standing};
use crate::client::{Call, JiraError, Reader, TAG, endpoint};

/// What is seen of an issue after its transition was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// It is where it was to go, and bears the tag of this very request.
    Ours,
    /// It is where it was.
    Unmoved,
    /// It is elsewhere, and nothing shows who moved it.
    Moved,
}

/// Decides what a failed transition was: done after all, or a failure with what is known of its effect.
pub(super) async fn decide(
    reader: &Reader,
    error: JiraError,
    tag: &Value,
    moving: &Moving,
    standing: &Standing,
) -> Result<(), Failure> {
    let key = &standing.key;
    if !matches!(error.status, Some(400 | 409)) {
        return Err(moving.explain(error, key));
    }
    let call = Call::new(&endpoint::GET_ISSUE, [key], format!("issue `{key}`"));
    let found = reader.send(&call.query("fields", "status").query("properties", TAG)).await;
    match found.map(|found| (seen(&found, tag, moving, standing), found)) {
        Ok((Seen::Ours, _)) => Ok(()),
        Ok((seen, found)) => Err(judge(error, seen, &found, moving, standing)),
        Err(_) => Err(moving.explain(error, key)),
    }
}

fn seen(found: &Value, tag: &Value, moving: &Moving, standing: &Standing) -> Seen {
    let status = &found["fields"]["status"]["id"];
    let (from, to) = (&standing.from.id, &moving.transition.to.id);
    if status == to.as_str() && found["properties"][TAG] == *tag {
        Seen::Ours
    } else if status == from.as_str() && from != to {
        Seen::Unmoved
    } else {
        Seen::Moved
    }
}

/// A 400 proves that nothing was done. A 409 does not, but an issue that is where it was does; one that moved leaves it in
/// doubt, for a tag is not promised to be kept.
fn judge(error: JiraError, seen: Seen, found: &Value, moving: &Moving, standing: &Standing) -> Failure {
    let key = &standing.key;
    let conflicts = error.status == Some(409);
    match seen {
        Seen::Unmoved if conflicts => Failure { certainty: Certainty::NoEffect, ..Failure::from(error) },
        Seen::Moved if !conflicts && standing.from.id != moving.transition.to.id => {
            let status = found["fields"]["status"]["name"].as_str().unwrap_or("another status");
            let message = format!(
                "issue `{key}` was moved by someone else at the same time, and is in `{status}`: {}",
                error.words
            );
            let failure = Failure::transient(Code::CONFLICT, message);
            Failure { status: error.status, recovery: Recovery::Transient { not_before: error.not_before }, ..failure }
        }
        _ => moving.explain(error, key),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::{
        client::ErrorKind,
        resolve::{Named, Screen, Transition},
    };

    fn named(id: &str, name: &str) -> Named {
        Named { id: id.into(), name: name.into() }
    }

    fn moving(to: Named) -> Moving {
        let screen = Screen { name: "the screen of transition `Close`".into(), fields: Vec::new() };
        Moving::of(Transition { named: named("31", "Close"), to, screen })
    }

    fn refused(status: u16) -> JiraError {
        let kind = if status == 409 { ErrorKind::Conflict } else { ErrorKind::Refused };
        let mut error = JiraError::of_read("issue `OPS-1`", kind);
        error.status = Some(status);
        error.certainty = if status == 409 { Certainty::Unknown } else { Certainty::NoEffect };
        error.words.messages = vec!["no".into()];
        error
    }

    fn found(status: &Named, tag: &Value) -> Value {
        let status = json!({ "id": status.id, "name": status.name });
        json!({ "fields": { "status": status }, "properties": { TAG: tag } })
    }

    #[test]
    fn a_refused_transition_is_ours_only_if_its_tag_is_there() {
        let (open, done, other) = (named("1", "Open"), named("2", "Done"), named("3", "Waiting"));
        let standing = Standing { id: "10001".into(), key: "OPS-1".into(), from: open.clone(), history: None };
        let (ours, another) = (json!({ "attempt": 1 }), json!({ "attempt": 2 }));
        let expected = [
            (&done, &ours, Seen::Ours),
            (&done, &another, Seen::Moved),
            (&done, &Value::Null, Seen::Moved),
            (&other, &ours, Seen::Moved),
            (&open, &another, Seen::Unmoved),
        ];
        for (status, tag, expected) in expected {
            let seen = seen(&found(status, tag), &ours, &moving(done.clone()), &standing);
            assert_eq!(seen, expected, "{} {tag}", status.name);
        }
        let looped = seen(&found(&open, &Value::Null), &ours, &moving(open.clone()), &standing);
        assert_eq!(looped, Seen::Moved, "of a transition to the same status nothing can be said");
    }

    #[test]
    fn what_is_not_shown_stays_in_doubt() {
        let standing = Standing { id: "10001".into(), key: "OPS-1".into(), from: named("1", "Open"), history: None };
        let moving = moving(named("2", "Done"));
        let waiting = found(&named("3", "Waiting"), &Value::Null);
        let told = |status: u16, seen: Seen| {
            let failure = judge(refused(status), seen, &waiting, &moving, &standing);
            format!("{} {:?} {:?}: {}", failure.code, failure.certainty, failure.recovery, failure.message)
        };
        assert_snapshot!(told(400, Seen::Unmoved), @"FR0703 NoEffect Permanent: Jira refuses transition `Close` of issue `OPS-1` (400): no");
        assert_snapshot!(told(400, Seen::Moved), @"FR0714 NoEffect Transient { not_before: None }: issue `OPS-1` was moved by someone else at the same time, and is in `Waiting`: no");
        assert_snapshot!(told(409, Seen::Unmoved), @"FR0714 NoEffect Transient { not_before: None }: issue `OPS-1` was being changed by someone else (409): no");
        assert_snapshot!(told(409, Seen::Moved), @"FR0714 Unknown Transient { not_before: None }: issue `OPS-1` was being changed by someone else (409): no");
    }
}
