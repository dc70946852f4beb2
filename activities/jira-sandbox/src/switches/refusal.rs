//! With which status something is refused, where more than one is told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a create without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreateRefusal {
    /// 400.
    BadRequest,
    /// 403.
    Forbidden,
}

impl CreateRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
        }
    }
}

/// How a comment without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentRefusal {
    /// 400.
    BadRequest,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
}

impl CommentRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
        }
    }
}

/// How an edit without permission is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditRefusal {
    /// 400.
    BadRequest,
    /// 403.
    Forbidden,
}

impl EditRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
        }
    }
}

/// How an upload without the header against forged requests is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadRefusal {
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
}

impl UploadRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Forbidden => 403,
        }
    }
}

/// How a body of another type is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyTypeRefusal {
    /// 415.
    UnsupportedMediaType,
    /// 400.
    BadRequest,
}

impl BodyTypeRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::UnsupportedMediaType => 415,
            Self::BadRequest => 400,
        }
    }
}

/// How the gateway refuses an unknown cloud id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloudIdRefusal {
    /// 404.
    NotFound,
    /// 401.
    Unauthorized,
}

impl CloudIdRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Unauthorized => 401,
        }
    }
}

/// How a code or a refresh token that does not work is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantRefusal {
    /// 403.
    Forbidden,
    /// 400.
    BadRequest,
    /// 401.
    Unauthorized,
}

impl GrantRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
        }
    }
}
