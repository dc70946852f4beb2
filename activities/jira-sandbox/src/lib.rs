//! A small, strict Jira Cloud on loopback: what runs against it should run against Jira.
//!
//! [`Sandbox::start`] serves a built-in world over HTTP; [`InProcess`] answers in the same process. The world is its seed plus a replay of its effect log: every
//! change is appended to `effects.jsonl` and synced before it is answered, so a crash on either side leaves the truth.
//! It refuses as Jira does; each rule of refusal says where it is known from ([`Switches`] has those that are not
//! verified). What it does not serve it answers with 501, by name.
//!
//! The marks in the documentation of rules: `\[SPEC\]` Jira's OpenAPI document, `\[3LO\]` Atlassian's page on OAuth 2.0,
//! `\[RT\]` recorded round trips with a live site, `\[OPS\]` and `\[CONN\]` notes of people who built connectors,
//! `\[unverified\]` common knowledge that nobody checked. A mark on the rule covers its status; the words of a message are
//! `\[unverified\]` unless the mark says otherwise.

mod access;
mod answer;
mod attachment;
mod browse;
mod byte_range;
mod call;
mod clock;
#[cfg(feature = "contract")]
pub mod contract;
mod control;
mod description;
mod directory;
mod document;
mod durable;
mod duration;
mod effect;
mod faults;
mod field;
mod field_value;
mod grants;
mod jira;
mod jql;
mod legacy;
mod limits;
mod log;
mod loopback;
mod oauth;
mod operation;
mod page;
mod permission;
mod refusal;
mod request;
mod routes;
mod sandbox;
mod scope_list;
mod secret;
mod seed;
mod served_operation;
mod server;
mod shared;
mod stopped;
mod switches;
mod traffic;
mod view;
mod wire;
mod world;

pub use attachment::AttachmentSettings;
pub use clock::Clock;
pub use description::{Description, UserDescription};
pub use directory::{StartError, read_effects, served_address};
pub use effect::Effect;
pub use faults::{Fault, FaultError, FaultRateLimit, FaultRule, Faults, faults_schema};
pub use grants::{GrantChange, GrantError};
pub use limits::{Burst, IssueWrites, Limits, PointsQuota};
pub use oauth::AppDescription;
pub use routes::served_operations;
pub use sandbox::{Options, Sandbox};
pub use seed::{Seed, SeedError, seed_schema};
pub use served_operation::ServedOperation;
pub use server::InProcess;
pub use stopped::{ChangeError, change_grants, forget_seed, reset};
pub use switches::{
    ArchivedProjects, BodyTypeRefusal, CloudIdRefusal, CommentRefusal, CountedOfRichText, CreateRefusal, EditRefusal,
    ExtendedFileNames, GrantRefusal, GrantRefusalName, ListedScopes, OffScreenComment, Switches, TextLengths,
    ToldScopes, UploadRefusal,
};
pub use traffic::{Exchange, read_traffic};
pub use world::Adjustments;
