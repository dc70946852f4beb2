//! The sandbox from outside: over HTTP, with the world it comes with.

mod assignee;
mod attachments;
mod browse;
mod client;
mod comments;
mod contract;
mod edits;
mod faults;
mod grants;
mod history;
mod jql;
mod limits;
mod links;
mod oauth;
mod projects;
mod refusals;
mod replay;
mod search;
mod serving;
mod switches;
mod transitions;
mod users;
mod version2;
mod visibility;
mod watchers;
mod worklogs;
