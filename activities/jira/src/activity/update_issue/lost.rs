//! Whether an issue was edited by a request whose answer was lost: its tag shows it, or else the issue's history, or that nothing has
//! changed.

use flowrun_engine::activity::{Failure, OpenEffect};
use serde_json::{Map, Value, json};

use super::Made;
use crate::{
    activity::{
        evidence::{Evidence, bears, changed_issue, changes},
        text,
    },
    client::Reader,
    resolve::own_account,
};

/// What Jira shows of it.
pub(super) async fn evidence(reader: &Reader, open: &OpenEffect, tag: &Value) -> Result<Evidence, Failure> {
    let (baseline, target) = (&open.intent.baseline, &open.intent.target);
    let made = Made { id: text(baseline, "id", target)?, key: text(baseline, "key", target)? };
    let nothing = Map::new();
    let former = baseline["fields"].as_object().unwrap_or(&nothing);
    let names = former.keys().map(String::as_str).collect::<Vec<_>>().join(",");
    let found = changed_issue(reader, open, &names).await?;
    let me = own_account(reader).await;
    Ok(judged(&found, open, tag, (made, former, me.as_deref())))
}

fn judged(
    found: &Value,
    open: &OpenEffect,
    tag: &Value,
    (made, former, me): (Made, &Map<String, Value>, Option<&str>),
) -> Evidence {
    let key = made.key.clone();
    if bears(found, tag) {
        return Evidence::took(json!(made), format!("issue `{key}` has its tag"));
    }
    let by_me = |field: &String| changes(found, field, open).iter().any(|change| me.is_some_and(|me| *change.by == me));
    if former.keys().any(by_me) {
        return Evidence::took(json!(made), format!("the history of issue `{key}` has this user's change"));
    }
    if former.iter().all(|(field, value)| found["fields"][field] == *value) {
        return Evidence::Absent(format!("the fields of issue `{key}` are as before"));
    }
    Evidence::Unclear(format!("issue `{key}` was changed since, and nothing shows whether this effect did"))
}

#[cfg(test)]
mod tests {
    use flowrun_engine::{
        activity::Effect,
        id::{EffectId, StepPath},
    };

    use super::*;
    use crate::client::TAG;

    /// Whose tag it bears, its summary, and who changed that since; what is judged.
    #[test]
    fn a_change_is_shown_by_its_tag_or_its_history() {
        let table = [
            ("ours", "new", None, "took"),
            ("ours", "other", Some("you"), "took"),
            ("none", "new", Some("me"), "took"),
            ("none", "old", None, "absent"),
            ("none", "old", Some("me"), "took"),
            ("other", "new", Some("you"), "unclear"),
            ("none", "new", None, "unclear"),
        ];
        let baseline = json!({ "key": "OPS-1", "id": "10001", "fields": { "summary": "old" }, "history": 0 });
        let effect = Effect::new("update", "issue OPS-1", "change it", Value::Null).with_baseline(baseline);
        let id = EffectId { step: StepPath::of("n".into()), name: effect.name.clone(), attempt: 1 };
        let open = OpenEffect { id, intent: effect.intent, intended_at: "2026-01-31T09:30:00Z".parse().unwrap() };
        let former = open.intent.baseline["fields"].as_object().unwrap();
        for (bearer, summary, changer, expected) in table {
            let history = |changer: &str| {
                json!({
                    "id": "1", "author": { "accountId": changer },
                    "items": [{ "field": "summary", "fieldId": "summary", "from": null, "to": null }],
                })
            };
            let found = json!({
                "fields": { "summary": summary }, "properties": { TAG: { "effect": bearer } },
                "changelog": { "histories": changer.map(history).into_iter().collect::<Vec<_>>() },
            });
            let made = Made { id: "10001".into(), key: "OPS-1".into() };
            let judged = match judged(&found, &open, &json!({ "effect": "ours" }), (made, former, Some("me"))) {
                Evidence::Took { .. } => "took",
                Evidence::Absent(_) => "absent",
                Evidence::Unclear(_) => "unclear",
            };
            assert_eq!(judged, expected, "{bearer} {summary} {changer:?}");
        }
    }
}
