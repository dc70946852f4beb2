//! With which status something is refused, or under which name, where more than one is told. As numbers they are the statuses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a create without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum CreateRefusal {
    /// 400.
    BadRequest = 400,
    /// 403.
    Forbidden = 403,
}

/// How a comment without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum CommentRefusal {
    /// 400.
    BadRequest = 400,
    /// 403.
    Forbidden = 403,
    /// 404.
    NotFound = 404,
}

/// How an edit without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum EditRefusal {
    /// 400.
    BadRequest = 400,
    /// 403.
    Forbidden = 403,
}

/// How an upload without the header against forged requests is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum UploadRefusal {
    /// 404.
    NotFound = 404,
    /// 403.
    Forbidden = 403,
}

/// How a body of another type is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum BodyTypeRefusal {
    /// 415.
    UnsupportedMediaType = 415,
    /// 400.
    BadRequest = 400,
}

/// How the gateway refuses an unknown cloud id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum CloudIdRefusal {
    /// 404.
    NotFound = 404,
    /// 401.
    Unauthorized = 401,
}

/// How a code or a refresh token that does not work is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum GrantRefusal {
    /// 403.
    Forbidden = 403,
    /// 400.
    BadRequest = 400,
    /// 401.
    Unauthorized = 401,
}

/// Under which name a code or a refresh token that does not work is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantRefusalName {
    /// `invalid_grant`.
    InvalidGrant,
    /// `unauthorized_client`.
    UnauthorizedClient,
}
