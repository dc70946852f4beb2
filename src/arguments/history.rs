//! The arguments of the commands of `runs` that only look at runs, or keep their number small.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use flowrun_engine::run::RunStatus;
use jiff::{SignedDuration, Span, Timestamp, ZonedDateTime, civil};

/// `flowrun runs list`
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only runs with this status; may be repeated, or given with commas
    #[arg(long, value_parser = status(), value_delimiter = ',')]
    pub(crate) status: Vec<RunStatus>,
    /// Only runs that failed
    #[arg(long, conflicts_with = "status")]
    pub(crate) failed: bool,
    /// Only runs of this process
    #[arg(long, value_name = "NAME")]
    pub(crate) process: Option<String>,
    /// Only runs that began so long ago at most (`2d`, `36h`), or at this date or time or later
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Timestamp>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// Only runs older than this one: the next page
    #[arg(long, value_name = "RUN")]
    pub(crate) before: Option<String>,
}

impl List {
    /// The statuses that are asked for; none stands for all.
    pub(crate) fn statuses(&self) -> Vec<RunStatus> {
        if self.failed { vec![RunStatus::Failed] } else { self.status.clone() }
    }
}

/// `flowrun runs why`
#[derive(Args, Debug)]
pub(crate) struct Why {
    /// Its id, the beginning of its id, its key, or `last`
    pub(crate) run: String,
}

/// `flowrun runs watch`
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// Its id, the beginning of its id, its key, or `last`
    #[arg(default_value = "last")]
    pub(crate) run: String,
}

/// `flowrun runs export`
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Which: ids, beginnings of ids, keys, or `last`
    #[arg(value_name = "RUN", required_unless_present = "all")]
    pub(crate) runs: Vec<String>,
    /// All runs, the oldest first
    #[arg(long, conflicts_with = "runs")]
    pub(crate) all: bool,
    /// A new file to write to, in place of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// `flowrun runs prune`
#[derive(Args, Debug)]
pub(crate) struct Prune {
    /// Only runs that ended so long ago (`90d`), or before this date or time
    #[arg(long, value_name = "TIME", value_parser = since, required_unless_present = "keep")]
    pub(crate) older_than: Option<Timestamp>,
    /// Only runs that ended so; may be repeated, or given with commas [default: all that ended]
    #[arg(long, value_parser = ended(), value_delimiter = ',')]
    pub(crate) status: Vec<RunStatus>,
    /// Only runs of this process
    #[arg(long, value_name = "NAME")]
    pub(crate) process: Option<String>,
    /// Leave so many of the newest of them
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) keep: usize,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Don't ask
    #[arg(long)]
    pub(crate) yes: bool,
}

fn status() -> impl TypedValueParser<Value = RunStatus> {
    PossibleValuesParser::new(RunStatus::ALL.map(RunStatus::as_str)).try_map(|text| text.parse::<RunStatus>())
}

fn ended() -> impl TypedValueParser<Value = RunStatus> {
    let ended = RunStatus::ALL.into_iter().filter(|status| status.is_ended()).map(RunStatus::as_str);
    PossibleValuesParser::new(ended).try_map(|text| text.parse::<RunStatus>())
}

/// The time that a text names: so long ago, a date in the machine's time zone, or a time.
fn since(text: &str) -> Result<Timestamp, String> {
    since_at(text, &ZonedDateTime::now())
}

fn since_at(text: &str, now: &ZonedDateTime) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let of_machine = |at: civil::DateTime| at.to_zoned_datetime(now.time_zone().clone()).map(|at| at.timestamp());
    if let Ok(at) = text.parse::<civil::DateTime>().and_then(of_machine) {
        return Ok(at);
    }
    let wrong = || "give a length of time such as `2d` or `36h`, a date such as `2026-11-29`, or a time".to_owned();
    let ago = text.parse::<Span>().map_err(|_| wrong())?;
    let at = now.checked_sub(ago.abs()).map_err(|_| wrong())?;
    // A length of nothing is no length.
    if now.duration_since(&at) == SignedDuration::ZERO { Err(wrong()) } else { Ok(at.timestamp()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_length_a_date_or_a_time() {
        let now: ZonedDateTime = "2026-11-29T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let expected = [
            ("2d", "2026-11-27T11:00:00Z"),
            ("36h", "2026-11-27T23:00:00Z"),
            ("1w 1d", "2026-11-21T11:00:00Z"),
            ("90 minutes", "2026-11-29T09:30:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("2026-07-01T10:00", "2026-07-01T08:00:00Z"),
            ("2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z"),
        ];
        for (text, at) in expected {
            assert_eq!(since_at(text, &now), Ok(at.parse().unwrap()), "{text}");
        }
        for text in ["", "2", "yesterday", "0d", "2026-13-01", "99999999y"] {
            since_at(text, &now).unwrap_err();
        }
    }
}
