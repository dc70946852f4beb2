//! Whether a comment was added by a request whose answer was lost: the one that bears the effect's tag is it.

use flowrun_engine::activity::{Failure, OpenEffect};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Added;
use crate::{
    activity::{
        evidence::{self, Evidence, Place, created_at},
        text,
    },
    client::{Call, ErrorKind, JiraError, Reader, TAG, endpoint},
    permission::BROWSE_PROJECTS,
    resolve::own_account,
};

/// So many of an issue's newest comments are looked through.
const MOST_COMMENTS: usize = 1_000;

/// Those are looked at whatever their time: the clock of this machine may be wrong by any time.
const NEWEST: usize = 100;

/// Beyond them those count that are not older than the effect, by clocks that differ by no more than this.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// What Jira shows of an effect that added a comment: among this user's newest comments the one that has its tag.
pub(in crate::activity) async fn comment_evidence(
    reader: &Reader,
    issue: &str,
    (open, tag): (&OpenEffect, &Value),
) -> Result<Evidence, Failure> {
    let (seen, all_tagged) = looked_through(reader, issue, (open, tag)).await?;
    if all_tagged {
        return Ok(seen);
    }
    // Where the issue was hidden meanwhile, its comments seem to have no tags.
    evidence::sees(reader, Place::Issue(issue), &[BROWSE_PROJECTS]).await?;
    Ok(looked_through(reader, issue, (open, tag)).await?.0)
}

/// What the comments of an issue show, and whether all of this user's that were looked at have tags.
async fn looked_through(
    reader: &Reader,
    issue: &str,
    (open, tag): (&OpenEffect, &Value),
) -> Result<(Evidence, bool), Failure> {
    let subject = format!("issue `{issue}`");
    let me = own_account(reader).await;
    let is_mine = |comment: &Value| me.as_ref().is_none_or(|me| comment["author"]["accountId"] == **me);
    let (mut looked_at, mut ours, mut untagged, mut all_tagged) = (0, None, None, true);
    loop {
        let call = Call::new(&endpoint::GET_COMMENTS, [issue], &*subject);
        let call = call.query("orderBy", "-created").query("startAt", looked_at.to_string());
        let page = reader.send(&call.query("maxResults", NEWEST.to_string())).await?;
        let comments = page["comments"].as_array().map_or(&[][..], Vec::as_slice);
        for comment in comments.iter().filter(|comment| is_mine(comment)) {
            let id = text(comment, "id", &subject)?;
            let found = tag_of_comment(reader, &id).await?;
            all_tagged &= found.is_some();
            match found {
                // A request that arrived twice made two: the older one counts, and lies behind the newer.
                Some(found) if found == *tag => ours = Some(id),
                _ if ours.is_some() => break,
                Some(_) => {}
                None if is_since(comment, open) => untagged = untagged.or(Some(id)),
                None => {}
            }
        }
        if let Some(id) = ours {
            let evidence = format!("comment `{id}` of {subject} has its tag");
            return Ok((Evidence::took(json!(Added { id }), evidence), all_tagged));
        }
        looked_at += comments.len();
        let is_last = page["total"].as_u64().is_none_or(|total| looked_at as u64 >= total);
        let are_older = comments.last().is_none_or(|oldest| !is_since(oldest, open));
        if is_last || are_older {
            let seen = match untagged {
                // Tags are not promised to be kept.
                Some(id) => Evidence::Unclear(format!("comment `{id}` of {subject} may be it, and has no tag")),
                None => Evidence::Absent(format!("no comment of {subject} has its tag")),
            };
            return Ok((seen, all_tagged));
        }
        if looked_at >= MOST_COMMENTS {
            let why = format!("{subject} has more than {MOST_COMMENTS} comments since then");
            return Ok((Evidence::Unclear(why), all_tagged));
        }
    }
}

/// Whether a comment is not older than an effect, as far as two clocks can tell.
fn is_since(comment: &Value, open: &OpenEffect) -> bool {
    created_at(&comment["created"]).is_none_or(|created| open.intended_at.duration_since(created) <= CLOCKS_DIFFER)
}

/// The tag that a comment bears. One that is gone meanwhile bears none.
pub(super) async fn tag_of_comment(reader: &Reader, comment: &str) -> Result<Option<Value>, JiraError> {
    let call = Call::new(&endpoint::GET_COMMENT_PROPERTY, [comment, TAG], format!("comment `{comment}`"));
    match reader.send(&call).await {
        Ok(property) => Ok(Some(property["value"].clone())),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
