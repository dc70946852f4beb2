//! The rules of refusal that nobody has verified, as switches: a client must work with either setting.

mod refusal;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::refusal::{
    BodyTypeRefusal, CloudIdRefusal, CommentRefusal, CreateRefusal, EditRefusal, GrantRefusal, GrantRefusalName,
    UploadRefusal,
};

/// How long a bearer is good for, where the seed says nothing else. \[3LO\]
const BEARER_SECONDS: u32 = 3600;

/// How this Jira behaves where its documents do not say, or say two things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// The status of a create by a user who may browse but not create. \[SPEC\] documents 400 and 403 for it.
    pub create_without_permission: CreateRefusal,
    /// The status of a comment by a user who may browse but not comment. \[SPEC\] documents no status for it.
    pub comment_without_permission: CommentRefusal,
    /// Whether an ADF text node with an empty text is refused. \[unverified\]
    pub empty_text_refused: bool,
    /// Whether ADF must follow the content model of its published schema: which node may hold which. \[unverified\]
    pub document_model_enforced: bool,
    /// Whether properties given with a create are stored together with the issue. \[unverified\]
    pub create_properties_stored: bool,
    /// Whether properties given with a create need Edit Issues too. \[unverified\]
    pub create_properties_need_edit: bool,
    /// Whether assignee, reporter, due date, security level and resolution need a permission of their own, and are absent
    /// from screens without it. \[unverified\]
    pub fields_need_permissions: bool,
    /// Whether an assignee needs Assignable User in the project. \[unverified\]
    pub assignee_must_be_assignable: bool,
    /// Whether e-mail addresses of other people are hidden by their privacy settings; a search by e-mail still finds
    /// them. \[SPEC\] says that they may be.
    pub emails_hidden: bool,
    /// What becomes of a file whose name comes in the form of RFC 2231 alone (`filename*=`). \[unverified\]
    pub extended_file_names: ExtendedFileNames,
    /// The status of an upload without `X-Atlassian-Token: no-check`: 404 was seen once, 403 is the other one that is
    /// told. \[unverified\]
    pub upload_without_no_check: UploadRefusal,
    /// The status of a body that is of another type than the operation takes. \[unverified\]
    pub other_body_type: BodyTypeRefusal,
    /// The status at the gateway for a cloud id that it does not know. \[unverified\]
    pub unknown_cloud_id: CloudIdRefusal,
    /// What is left of a project that is archived. \[unverified\]
    pub archived_projects: ArchivedProjects,
    /// Whether a query that names a field or value that is not there is refused, or finds nothing with it. \[unverified\]
    /// for people; \[FAKE\] recorded the second for callers without an account.
    pub unknown_jql_refused: bool,
    /// How many comments an issue can have; one more is 413. \[SPEC\] has the status, the number is \[unverified\].
    pub most_comments: usize,
    /// How many links an issue can have; one more is 413. \[SPEC\] has the status, the number is \[unverified\].
    pub most_issue_links: usize,
    /// How many worklogs an issue can have; one more is 413. \[SPEC\] has the status, the number is \[unverified\].
    pub most_worklogs: usize,
    /// The status of an edit by a user who may browse but not edit. \[SPEC\] documents 400 for fields that may not be edited.
    pub edit_without_permission: EditRefusal,
    /// Whether an edit sets only what is on the edit screen; \[SPEC\] says that it does not look there.
    pub edit_needs_screen: bool,
    /// Whether an edit without notifications is refused to those who administer neither Jira nor the project; else the
    /// wish is ignored. \[unverified\]
    pub quiet_edit_refused: bool,
    /// Whether properties given with an edit are stored together with it. \[unverified\]
    pub edit_properties_stored: bool,
    /// Whether properties given with a transition are stored together with it. \[unverified\]
    pub transition_properties_stored: bool,
    /// Whether the history keeps the metadata given with an edit or a transition. \[unverified\]
    pub history_metadata_kept: bool,
    /// What becomes of a comment given with a transition whose screen has no field for it. \[CONN\] has seen both.
    pub comment_off_screen: OffScreenComment,
    /// Whether the token endpoint takes a form too; \[3LO\] shows JSON only. \[CONN\] says that it does.
    pub token_forms_taken: bool,
    /// Whether the answer of the token endpoint has `token_type`; \[3LO\] shows none, it was seen.
    pub token_type_given: bool,
    /// Which answers of the token endpoint have `scope`; \[3LO\] shows it for codes.
    pub token_scope_given: ToldScopes,
    /// Whether the answer of the token endpoint has `expires_in`; \[3LO\] shows it, OAuth 2.0 does not demand it.
    pub token_lifetime_given: bool,
    /// The status of a code or a refresh token that does not work: \[3LO\] has 403 for refresh tokens, OAuth 2.0 has 400.
    pub refused_grant: GrantRefusal,
    /// Its name: \[3LO\] has `invalid_grant` for refresh tokens, \[CONN\] has seen both.
    pub refused_grant_name: GrantRefusalName,
    /// Which scopes the list of sites has for Jira. \[3LO\] does not say.
    pub listed_scopes: ListedScopes,
    /// Whether a wrong secret is `invalid_client`, not `access_denied`; \[CONN\] has seen both.
    pub wrong_secret_is_invalid_client: bool,
    /// Whether a scope that the app does not have is refused on a page, or left out of the consent. \[unverified\]
    pub unticked_scope_refused: bool,
    /// Whether a family of refresh tokens ends after 365 days; the documents of 2024 say so, those of 2026 do not.
    pub refresh_families_end: bool,
    /// Whether a code that comes twice ends what it gave. \[unverified\]
    pub code_reuse_revokes: bool,
    /// Whether PKCE is refused on a page, or ignored: it is not documented for this flow. \[unverified\]
    pub pkce_refused: bool,
    /// How long a bearer is good for, in seconds: 3600 in \[3LO\].
    pub bearer_seconds: u32,
    /// How the length of a text is counted against its limit. \[unverified\]
    pub text_lengths: TextLengths,
    /// What of a rich text is counted against its limit. \[unverified\]
    pub rich_text_counted: CountedOfRichText,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            create_without_permission: CreateRefusal::BadRequest,
            comment_without_permission: CommentRefusal::BadRequest,
            empty_text_refused: true,
            document_model_enforced: true,
            create_properties_stored: true,
            create_properties_need_edit: false,
            fields_need_permissions: true,
            assignee_must_be_assignable: true,
            emails_hidden: false,
            extended_file_names: ExtendedFileNames::ServerError,
            upload_without_no_check: UploadRefusal::NotFound,
            other_body_type: BodyTypeRefusal::UnsupportedMediaType,
            unknown_cloud_id: CloudIdRefusal::NotFound,
            archived_projects: ArchivedProjects::ReadOnly,
            unknown_jql_refused: true,
            most_comments: 5000,
            most_issue_links: 2000,
            most_worklogs: 10_000,
            edit_without_permission: EditRefusal::BadRequest,
            edit_needs_screen: true,
            quiet_edit_refused: true,
            edit_properties_stored: true,
            transition_properties_stored: true,
            history_metadata_kept: true,
            comment_off_screen: OffScreenComment::Rejected,
            token_forms_taken: false,
            token_type_given: false,
            token_scope_given: ToldScopes::Always,
            token_lifetime_given: true,
            refused_grant: GrantRefusal::Forbidden,
            refused_grant_name: GrantRefusalName::InvalidGrant,
            listed_scopes: ListedScopes::Granted,
            wrong_secret_is_invalid_client: false,
            unticked_scope_refused: true,
            refresh_families_end: false,
            code_reuse_revokes: true,
            pkce_refused: true,
            bearer_seconds: BEARER_SECONDS,
            text_lengths: TextLengths::Characters,
            rich_text_counted: CountedOfRichText::Text,
        }
    }
}

impl Switches {
    /// How long a text is.
    pub(crate) fn length(&self, text: &str) -> usize {
        match self.text_lengths {
            TextLengths::Characters => text.chars().count(),
            TextLengths::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// How the length of a text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextLengths {
    /// In characters: an emoji is one, or a few where it is made of several.
    Characters,
    /// In units of UTF-16, as Java counts: most emoji are two.
    Utf16,
}

/// What of a rich text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedOfRichText {
    /// What people read.
    Text,
    /// The document as it is sent, braces and names included.
    Document,
}

/// What can be done with the issues of an archived project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArchivedProjects {
    /// They can be read, and nothing else.
    ReadOnly,
    /// They are not there.
    Hidden,
}

/// What becomes of a comment that a transition's screen has no field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OffScreenComment {
    /// The transition is refused.
    Rejected,
    /// The transition is made, without the comment.
    Dropped,
}

/// What becomes of a file name in the form of RFC 2231.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtendedFileNames {
    /// The upload fails with 500, as many reported of Jira Server.
    ServerError,
    /// It is decoded.
    Decoded,
}

/// Which answers of the token endpoint tell the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToldScopes {
    /// All.
    Always,
    /// Those of codes and of service accounts; refreshes do not.
    ButForRefreshes,
    /// None.
    Never,
}

/// Which scopes the list of sites has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListedScopes {
    /// Those of the bearer.
    Granted,
    /// Those that the app has in the console.
    OfApp,
}
