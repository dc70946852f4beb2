//! Every process of `workflows/`, run to its end against the sandbox with its sample inputs, its effects compared with
//! those that are written here by hand; and every one of them with every fault at every operation.

#![expect(clippy::unwrap_used, reason = "what helpers of tests unwrap, they assert")]

mod cuts;
mod effects;
mod faults;
mod person;
mod samples;
mod site;
