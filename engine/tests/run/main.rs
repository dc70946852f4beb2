//! How runs go: the rules of design, failures, retries, effects, stopping; and a simulation that crashes everywhere.

#![expect(clippy::unwrap_used, reason = "what helpers of tests unwrap, they assert")]

mod admission;
mod all_runs;
mod asked;
mod barriers;
mod by_hand;
mod claims;
mod corrected;
mod corrected_by_chance;
mod deaths;
mod define;
mod durable;
mod effects;
mod ending;
mod format;
mod grants;
mod items;
mod kept;
mod large;
mod late;
mod looks;
mod looks_denied;
mod paused;
mod resumed;
mod retried;
mod retried_items;
mod retries;
mod retry_refused;
mod room;
mod rules;
mod service;
mod simulated;
mod simulation;
mod stopping;
mod times;
mod told;
mod turns;
mod world;
