//! The list of runs for people: a table that fits the terminal. Why a run failed, or what it waits for, stands at the end of its line where there is room for
//! it, else on a line below.

use flowrun_engine::{
    id::RunId,
    run::RunStatus,
    store::{RunFailure, RunSummary},
};
use jiff::Timestamp;

use super::{
    plain::{between, clip},
    run::run_style,
};
use crate::screen::styles;

/// A run in the list.
pub(crate) struct ListedRun<'a> {
    /// What it is.
    pub(crate) summary: &'a RunSummary,
    /// What a person calls it, short.
    pub(crate) name: String,
    /// What it waits for, where it waits for its turn.
    pub(crate) waits: Option<String>,
}

/// Where the next page is.
pub(crate) struct NextPage {
    /// The last run of this one.
    pub(crate) before: RunId,
    /// What else was asked for, as options.
    pub(crate) words: String,
}

const STATUS: usize = 14;
const AGE: usize = 6;
const TOOK: usize = 12;

/// With less room than this the reason of a failure stands below.
const ENOUGH_ROOM: usize = 40;

/// How wide the columns are whose width what is in them says.
struct Widths {
    name: usize,
    process: usize,
    /// Of the whole line.
    all: usize,
}

/// A page of runs, at `now`, on a terminal that is so `wide`.
pub(crate) fn runs_text(runs: &[ListedRun<'_>], next: Option<&NextPage>, now: Timestamp, wide: usize) -> String {
    if runs.is_empty() {
        return "no runs\n".to_owned();
    }
    let widths = Widths::of(runs, wide);
    let Widths { name, process, .. } = widths;
    let heading = format!("{:name$}  {:process$}  {:STATUS$}  {:AGE$}  TOOK\n", "NAME", "PROCESS", "STATUS", "AGE");
    let rows = runs.iter().map(|run| row(run, &widths, now));
    let next =
        next.map(|NextPage { before, words }| format!("\nolder runs: flowrun runs list{words} --before {before}\n"));
    [heading].into_iter().chain(rows).chain(next).collect()
}

impl Widths {
    fn of(runs: &[ListedRun<'_>], all: usize) -> Self {
        let widest = |texts: &dyn Fn(&ListedRun<'_>) -> usize| runs.iter().map(texts).max().unwrap_or(0);
        let name = widest(&|run| run.name.chars().count()).max("NAME".len());
        let room = all.saturating_sub(name + STATUS + AGE + TOOK + 4 * 2);
        let process = widest(&|run| run.summary.process.chars().count()).max("PROCESS".len());
        Self { name, process: process.min(room.clamp("PROCESS".len(), 24)), all }
    }

    /// What is left of a line behind all columns.
    fn room(&self) -> usize {
        self.all.saturating_sub(self.name + self.process + STATUS + AGE + TOOK + 5 * 2)
    }
}

fn row(run: &ListedRun<'_>, widths: &Widths, now: Timestamp) -> String {
    let ListedRun { summary, name, waits } = run;
    let style = run_style(summary.status);
    let status = summary.status.as_str().replace('_', " ");
    let took = summary.ended_at.map(|at| between(summary.started_at, at)).unwrap_or_default();
    let process = clip(&summary.process, widths.process);
    let lead = format!(
        "{name:name_width$}  {process:process_width$}  {style}{status:STATUS$}{style:#}  {:AGE$}  ",
        age(summary.started_at, now),
        name_width = widths.name,
        process_width = widths.process,
    );
    let why = summary.failure.as_ref().filter(|_| summary.status == RunStatus::Failed).map(why);
    let why = why.or_else(|| waits.clone());
    match why {
        Some(why) if widths.room() >= ENOUGH_ROOM => format!("{lead}{took:TOOK$}  {}\n", clip(&why, widths.room())),
        Some(why) => {
            let faint = styles::FAINT;
            format!("{}\n  {faint}{}{faint:#}\n", format!("{lead}{took}").trim_end(), clip(&why, widths.all - 2))
        }
        None => format!("{lead}{took}").trim_end().to_owned() + "\n",
    }
}

fn why(RunFailure { place, code, message }: &RunFailure) -> String {
    format!("failed at {place}: {message} [{code}]")
}

/// How long ago something was, in its largest unit.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::id::{DefinitionHash, RunKey};
    use insta::assert_snapshot;

    use super::*;
    use crate::screen::visible::for_people;

    fn summary(status: RunStatus, process: &str, took: Option<i64>) -> RunSummary {
        let at = |second| Timestamp::from_second(second).unwrap();
        RunSummary {
            run: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            key: Some(RunKey::new("nightly")),
            definition: DefinitionHash::new("0a"),
            process: process.to_owned(),
            version: "1.0.0".to_owned(),
            status,
            started_at: at(0),
            ended_at: took.map(at),
            due: None,
            admission: None,
            failure: (status == RunStatus::Failed).then(|| RunFailure {
                place: "file".to_owned(),
                code: "FR0703".to_owned(),
                message: "Jira refused it: the field `priority` is not on the screen \u{1b}[31m".to_owned(),
            }),
        }
    }

    fn shown(wide: usize) -> String {
        let summaries = [
            summary(RunStatus::NeedsDecision, "bug-intake", None),
            summary(RunStatus::Failed, &"long-".repeat(9), Some(100_000)),
            summary(RunStatus::Completed, "größer", Some(2)),
        ];
        let names = ["nightly", "01890a5d-ac96", "a"];
        let runs = summaries.iter().zip(names).map(|(summary, name)| ListedRun {
            summary,
            name: name.to_owned(),
            waits: None,
        });
        let next = NextPage { before: summaries[0].run, words: " --failed".to_owned() };
        let now = Timestamp::from_second(200_000).unwrap();
        let text = runs_text(&runs.collect::<Vec<_>>(), Some(&next), now, wide);
        let text = anstream::adapter::strip_str(&for_people(&text)).to_string();
        let fits = |line: &str| line.chars().count() <= wide || line.starts_with("older runs");
        assert!(text.lines().all(fits), "{text}");
        text
    }

    #[test]
    fn a_failure_stands_where_there_is_room_for_it() {
        assert_snapshot!(shown(80), @r"
        NAME           PROCESS                   STATUS          AGE     TOOK
        nightly        bug-intake                needs decision  2 d
        01890a5d-ac96  long-long-long-long-lon…  failed          2 d     27 h 46 min
          failed at file: Jira refused it: the field `priority` is not on the screen \u…
        a              größer                    completed       2 d     2 s

        older runs: flowrun runs list --failed --before 01890a5d-ac96-774b-bcce-b302099a8057
        ");
        assert_snapshot!(shown(140), @r"
        NAME           PROCESS                   STATUS          AGE     TOOK
        nightly        bug-intake                needs decision  2 d
        01890a5d-ac96  long-long-long-long-lon…  failed          2 d     27 h 46 min   failed at file: Jira refused it: the field `priority` is not…
        a              größer                    completed       2 d     2 s

        older runs: flowrun runs list --failed --before 01890a5d-ac96-774b-bcce-b302099a8057
        ");
    }

    #[test]
    fn an_age_has_one_unit() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ages = [(0, "0 s"), (61, "1 min"), (7_300, "2 h"), (172_799, "47 h"), (172_800, "2 d"), (900_000, "10 d")];
        for (ago, told) in ages {
            assert_eq!(age(Timestamp::from_second(1_000_000 - ago).unwrap(), now), told);
        }
        assert_eq!(age(Timestamp::from_second(1_000_009).unwrap(), now), "0 s", "clocks are set back");
    }
}
