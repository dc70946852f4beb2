//! Whether an issue was created by a request whose answer was lost: the keys above the highest one that was seen before are read
//! upwards, and the issue that bears the effect's tag is it.
//!
//! That there is none is shown where every key up to the first ones that do not exist belongs to somebody else. A key that is missing
//! below a later issue (deleted, moved, hidden) could be it, so a person is asked then; docs/promises.md says what this assumes.

use flowrun_engine::activity::{Failure, OpenEffect, Recovery};
use serde_json::{Value, json};

use super::{CREATE, Made};
use crate::{
    activity::{
        evidence::{self, Evidence, Place, bears, tag_on},
        text,
    },
    client::{Call, KeyNumber, Reader, TAG, endpoint},
    permission::BROWSE_PROJECTS,
    resolve::own_account,
};

/// After so many keys in a row that do not exist nothing is looked for any more.
const END: u64 = 20;

/// So many keys are read in all.
const MOST: u64 = 1_000;

/// So many keys are read at once, at most. \[SPEC bulkFetchIssues\]
const AT_ONCE: u64 = 100;

/// The highest key of a project before an issue is created in it: what this client has seen, or else one search. `None` where it
/// cannot be known; then an issue that is lost is found all the same by a person only.
///
/// # Errors
/// A rate limit, which is waited for: that uses up nothing. A search that fails otherwise keeps no issue from being created.
pub(super) async fn last_key(reader: &Reader, project: &str) -> Result<Option<KeyNumber>, Failure> {
    if let Some(known) = reader.keys().of(project) {
        return Ok(known);
    }
    let body =
        json!({ "jql": format!("project = \"{project}\" ORDER BY key DESC"), "maxResults": 1, "fields": ["created"] });
    let call = Call::new(&endpoint::SEARCH_ISSUES, [], format!("the last issue of project `{project}`")).body(body);
    let highest = match reader.persistent().send(&call).await.map_err(Failure::from) {
        Ok(found) => last_of(&found, project),
        Err(failure) => match failure.recovery {
            Recovery::RateLimited { .. } => return Err(failure),
            Recovery::Permanent => None,
            // It is asked for again before the next issue.
            Recovery::Transient { .. } | Recovery::NeedsGrant | Recovery::Denied | Recovery::PerhapsDenied => {
                return Ok(None);
            }
        },
    };
    reader.keys().answered(project, highest.clone());
    Ok(highest)
}

/// The highest key among those found; of a project without issues the one before the first.
fn last_of(found: &Value, project: &str) -> Option<KeyNumber> {
    match found["issues"].as_array()?.first() {
        Some(last) => KeyNumber::read(last["key"].as_str()?),
        None if project.bytes().all(|byte| byte.is_ascii_digit()) => None,
        None => Some(KeyNumber { project: project.to_owned(), number: 0 }),
    }
}

/// As the intent keeps it.
pub(super) fn baseline(last: Option<&KeyNumber>, summary: &str) -> Value {
    match last {
        Some(KeyNumber { project, number }) => json!({ "project": project, "after": number, "summary": summary }),
        None => Value::Null,
    }
}

/// Whether an issue was there before what an effect created: its key is one that had been seen.
pub(super) fn was_there(key: &str, open: &OpenEffect) -> bool {
    let (project, after) = (&open.intent.baseline["project"], &open.intent.baseline["after"]);
    let seen = |key: KeyNumber| *project == key.project && after.as_u64().is_some_and(|after| key.number <= after);
    KeyNumber::read(key).is_some_and(seen)
}

/// What Jira shows of it.
pub(super) async fn evidence(reader: &Reader, open: &OpenEffect, tag: &Value) -> Result<Evidence, Failure> {
    let baseline = &open.intent.baseline;
    let (Some(project), Some(after)) = (baseline["project"].as_str(), baseline["after"].as_u64()) else {
        let why = "it is not known which issues there were before: the project could not be searched";
        return Ok(Evidence::Unclear(why.to_owned()));
    };
    // Without a name an issue without a tag may be anybody's.
    let me = own_account(reader).await;
    let is_alike = |issue: &Value| may_be_it(issue, open, tag, me.as_deref());
    let seen = scanned(reader, (project, after), tag, &is_alike).await?;
    if !matches!(seen, Evidence::Absent(_)) {
        return Ok(seen);
    }
    evidence::sees(reader, Place::Project(project), &[BROWSE_PROJECTS]).await?;
    scanned(reader, (project, after), tag, &is_alike).await
}

/// Reads the keys of a project upwards.
async fn scanned(
    reader: &Reader,
    (project, after): (&str, u64),
    tag: &Value,
    may_be_it: &(dyn Fn(&Value) -> bool + Sync),
) -> Result<Evidence, Failure> {
    let mut scan = Scan::new(project, after);
    while let Some(keys) = scan.next() {
        let body = json!({ "issueIdsOrKeys": keys, "fields": ["creator", "summary"], "properties": [TAG] });
        let call = Call::new(&endpoint::FETCH_ISSUES, [], format!("the issues after `{project}-{after}`")).body(body);
        let found = reader.send(&call).await?;
        for issue in found["issues"].as_array().into_iter().flatten() {
            let key = text(issue, "key", "an issue")?;
            if bears(issue, tag) {
                let made = Made { id: text(issue, "id", &key)?, key };
                let evidence = format!("issue `{}` has its tag", made.key);
                return Ok(Evidence::took(json!(made), evidence));
            }
            scan.there(&key, may_be_it(issue));
        }
    }
    Ok(scan.judged())
}

/// Whether an issue that does not bear the effect's tag may be what was created: tags are not promised to be kept, and another run that
/// has changed the issue since has put its own in its place. This run changes only issues that it knows.
fn may_be_it(issue: &Value, open: &OpenEffect, tag: &Value, me: Option<&str>) -> bool {
    let fields = &issue["fields"];
    let is_of_making = |found: &Value| found["effect"] == CREATE || found["run"] == tag["run"];
    !tag_on(issue).is_some_and(is_of_making)
        && fields["summary"] == open.intent.baseline["summary"]
        && me.is_none_or(|me| fields["creator"]["accountId"] == me)
}

/// A way upwards through the keys of a project.
struct Scan<'a> {
    project: &'a str,
    after: u64,
    /// The keys below this one were asked for.
    asked: u64,
    /// The highest that is there.
    highest: u64,
    /// How many are there.
    there: u64,
    /// One that may be it.
    alike: Option<String>,
}

impl<'a> Scan<'a> {
    fn new(project: &'a str, after: u64) -> Self {
        Self { project, after, asked: after + 1, highest: after, there: 0, alike: None }
    }

    /// The keys that are asked for next; `None` at the end.
    fn next(&mut self) -> Option<Vec<String>> {
        let wanted = self.highest + END + 1;
        // Where all that were asked for are there, many more may be.
        let are_all_there = self.there > 0 && self.after + self.there + 1 == self.asked;
        let until = if are_all_there { self.asked + AT_ONCE } else { wanted };
        let until = until.min(self.asked + AT_ONCE).min(self.after + MOST + 1);
        if self.asked >= until {
            return None;
        }
        let keys = (self.asked..until).map(|number| format!("{}-{number}", self.project)).collect();
        self.asked = until;
        Some(keys)
    }

    /// An issue is there that does not bear the tag.
    fn there(&mut self, key: &str, may_be_it: bool) {
        // One that was moved answers under its old key with its new one, and has left a gap.
        let Some(KeyNumber { project, number }) = KeyNumber::read(key) else { return };
        if project == self.project && number > self.after {
            self.there += 1;
            self.highest = self.highest.max(number);
        }
        if may_be_it && self.alike.is_none() {
            self.alike = Some(key.to_owned());
        }
    }

    fn judged(self) -> Evidence {
        let Self { project, after, asked, highest, there, alike } = self;
        if let Some(alike) = alike {
            return Evidence::Unclear(format!("issue `{alike}` may be it, and has no tag"));
        }
        if highest + END >= asked {
            return Evidence::Unclear(format!("project `{project}` has too many new issues to look through"));
        }
        if highest - after > there {
            let why = format!(
                "not every issue between `{project}-{after}` and `{project}-{highest}` can be seen, and one could be it"
            );
            return Evidence::Unclear(why);
        }
        Evidence::Absent(match there {
            0 => format!("project `{project}` has no issue after `{project}-{after}`"),
            _ => format!("no issue of project `{project}` after `{project}-{after}` has its tag"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that are asked for, and what is judged, where these numbers above 7 are there.
    fn scanned(there: &[u64]) -> (u64, String) {
        let mut scan = Scan::new("OPS", 7);
        let mut asked = 0;
        while let Some(keys) = scan.next() {
            asked += keys.len() as u64;
            for key in keys.iter().filter(|key| there.contains(&KeyNumber::read(key).unwrap().number)) {
                scan.there(key, false);
            }
        }
        let judged = match scan.judged() {
            Evidence::Took { .. } => unreachable!("no tag was seen"),
            Evidence::Absent(_) => "absent",
            Evidence::Unclear(_) => "unclear",
        };
        (asked, judged.to_owned())
    }

    #[test]
    fn absence_is_shown_by_keys_without_a_gap() {
        assert_eq!(scanned(&[]), (20, "absent".into()));
        assert_eq!(scanned(&[8, 9]), (22, "absent".into()));
        assert_eq!(scanned(&[8, 10]), (23, "unclear".into()), "9 could be it");
        assert_eq!(scanned(&[9]), (22, "unclear".into()), "8 could be it");
        assert_eq!(scanned(&(8..500).collect::<Vec<_>>()), (520, "absent".into()));
        assert_eq!(scanned(&(8..5_000).collect::<Vec<_>>()), (1_000, "unclear".into()));
    }

    #[test]
    fn what_may_be_it_bears_no_tag_of_its_making() {
        use flowrun_engine::{
            activity::Effect,
            id::{EffectId, StepPath},
        };
        let effect = Effect::new(CREATE, "project OPS", "create", Value::Null);
        let effect = effect.with_baseline(baseline(KeyNumber::read("OPS-7").as_ref(), "s"));
        let id = EffectId { step: StepPath::of("n".into()), name: effect.name.clone(), attempt: 1 };
        let open = OpenEffect { id, intent: effect.intent, intended_at: "2026-01-31T09:30:00Z".parse().unwrap() };
        let ours = json!({ "run": "1", "effect": CREATE, "attempt": 2 });
        let may_be_it = |borne: Value, summary: &str, creator: &str| {
            let properties = if borne.is_null() { json!({}) } else { json!({ TAG: borne }) };
            let fields = json!({ "summary": summary, "creator": { "accountId": creator } });
            may_be_it(&json!({ "fields": fields, "properties": properties }), &open, &ours, Some("me"))
        };
        let tag = |run: &str, effect: &str| json!({ "run": run, "effect": effect });
        let table = [
            (Value::Null, "s", "me", true),
            (Value::Null, "t", "me", false),
            (Value::Null, "s", "you", false),
            (tag("1", CREATE), "s", "me", false),
            (tag("2", CREATE), "s", "me", false),
            (tag("1", "update"), "s", "me", false),
            (tag("2", "update"), "s", "me", true),
            (tag("2", "transition"), "s", "you", false),
        ];
        for (borne, summary, creator, expected) in table {
            assert_eq!(may_be_it(borne.clone(), summary, creator), expected, "{borne} {summary} {creator}");
        }
    }

    #[test]
    fn what_lies_beyond_twenty_missing_keys_is_not_looked_for() {
        assert_eq!(scanned(&[28]), (20, "absent".into()));
        assert_eq!(scanned(&[27]), (40, "unclear".into()));
    }
}
