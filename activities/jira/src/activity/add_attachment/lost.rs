//! Whether a file was attached by a request whose answer was lost: a new attachment of this user's with its name and size is it, if its
//! content is the same.
//!
//! Attachments bear no tags. Of several with the same content the oldest counts, as with comments: a request that arrived twice has made
//! two, and nothing tells them apart.

use flowrun_engine::activity::{Attempt, Failure, OpenEffect, Recovery};
use serde_json::{Value, json};

use super::{ATTACHMENT_CONTENT, Attached, Input, attached_of};
use crate::{
    activity::{evidence::Evidence, issue},
    client::{Call, Reader},
    resolve::own_account,
};

/// The content of so many attachments is compared, at most.
const MOST_COMPARED: usize = 5;

/// Files up to this size in bytes are read again to be compared.
const LARGEST_COMPARED: u64 = 8 * 1024 * 1024;

/// What Jira shows of it.
pub(super) async fn evidence(
    reader: &Reader,
    attempt: &Attempt<'_, Input>,
    open: &OpenEffect,
) -> Result<Evidence, Failure> {
    let asked = &attempt.input.issue;
    let found = issue(reader, asked, "attachment").await?;
    let own = attempt.input.attached(attempt.done);
    let me = own_account(reader).await;
    let may_be_it =
        |bean: &&Value| may_be_it(bean, open, me.as_deref()) && !own.iter().any(|own| bean["id"] == *own.id);
    let listed = found["fields"]["attachment"].as_array().into_iter().flatten().filter(may_be_it);
    let mut alike = listed.map(|bean| attached_of(bean, &asked.to_string())).collect::<Result<Vec<_>, _>>()?;
    // Which end comes first is not promised.
    alike.sort_by_key(|attached| attached.id.parse::<u64>().unwrap_or(u64::MAX));
    let file = &open.intent.baseline["file"];
    let compared = compared(reader, &alike, file).await?;
    Ok(judged(alike, compared, (&asked.to_string(), &file["filename"])))
}

/// Whether an attachment can be what an effect attached: the same name and size, not there before, and by this user.
fn may_be_it(bean: &Value, open: &OpenEffect, me: Option<&str>) -> bool {
    let OpenEffect { intent, .. } = open;
    let file = &intent.baseline["file"];
    let mut before = intent.baseline["attachments"].as_array().into_iter().flatten();
    bean["filename"] == file["filename"]
        && bean["size"] == file["size"]
        && !before.any(|id| *id == bean["id"])
        && me.is_none_or(|me| bean["author"]["accountId"] == me)
}

/// Of each attachment whether it has the content of the file; `None` where that of one cannot be read, or is too much: what is not seen is not
/// taken for other.
async fn compared(reader: &Reader, alike: &[Attached], file: &Value) -> Result<Option<Vec<bool>>, Failure> {
    if alike.len() > MOST_COMPARED || alike.iter().any(|one| one.size > LARGEST_COMPARED) {
        return Ok(None);
    }
    let mut same = Vec::new();
    for Attached { id, size, .. } in alike {
        let call = Call::new(&ATTACHMENT_CONTENT, [&**id], format!("attachment `{id}`")).query("redirect", "false");
        match reader.send(&call).await {
            Ok(content) if content["size"] == *size => same.push(content["sha256"] == file["sha256"]),
            // That is something else than the attachment.
            Ok(_) => return Ok(None),
            Err(error) => match Failure::from(error) {
                Failure { recovery: Recovery::Permanent | Recovery::NeedsGrant, .. } => return Ok(None),
                failure => return Err(failure),
            },
        }
    }
    Ok(Some(same))
}

/// What follows from those that are alike, the oldest first, and from whether each has the content, where that was read.
fn judged(alike: Vec<Attached>, compared: Option<Vec<bool>>, (issue, name): (&str, &Value)) -> Evidence {
    let (by, same): (_, Vec<_>) = match compared {
        Some(same) => ("content", alike.into_iter().zip(same).filter_map(|(one, same)| same.then_some(one)).collect()),
        None if alike.len() > 1 => {
            return Evidence::Unclear(format!("{issue} has several new attachments {name} of this size"));
        }
        None => ("size", alike),
    };
    let later = same.len().saturating_sub(1);
    let Some(oldest) = same.into_iter().next() else {
        return Evidence::Absent(format!("{issue} has no new attachment {name} of this {by}"));
    };
    let twice = match later {
        0 => String::new(),
        _ => format!("; {later} later of the same content: the request arrived more than once"),
    };
    let evidence = format!("attachment `{}` has its name and {by}, is new, and is this user's{twice}", oldest.id);
    Evidence::took(json!(oldest), evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are alike, and whether each has the content; which is taken, or why none is.
    #[test]
    fn what_was_attached_is_told_by_its_content() {
        let attached = |id: u32| Attached {
            id: id.to_string(),
            filename: "a.txt".into(),
            size: 5,
            mime_type: "text/plain".into(),
            url: String::new(),
        };
        let told = |ids: &[u32], compared: Option<&[bool]>| {
            let alike = ids.iter().map(|id| attached(*id)).collect();
            match judged(alike, compared.map(<[bool]>::to_vec), ("issue `OPS-1`", &json!("a.txt"))) {
                Evidence::Took { result, by } => format!("{} {}", result["id"], by.contains("more than once")),
                Evidence::Absent(_) => "absent".to_owned(),
                Evidence::Unclear(_) => "unclear".to_owned(),
            }
        };
        let table = [
            (&[][..], Some(&[][..]), "absent"),
            (&[7], Some(&[true]), r#""7" false"#),
            (&[7], Some(&[false]), "absent"),
            (&[7, 8], Some(&[false, true]), r#""8" false"#),
            (&[7, 8], Some(&[true, true]), r#""7" true"#),
            (&[7, 8], Some(&[false, false]), "absent"),
            (&[7], None, r#""7" false"#),
            (&[7, 8], None, "unclear"),
        ];
        for (ids, compared, expected) in table {
            assert_eq!(told(ids, compared), expected, "{ids:?} {compared:?}");
        }
    }
}
