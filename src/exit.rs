//! The exit codes: one table, and which code a list of problems leads to.

use std::process::ExitCode;

use flowrun_engine::{
    diagnostic::{Code, Diagnostic},
    run::RunStatus,
};

/// How the program ends. docs/cli.md has the table for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Success,
    /// A bug, or something of the machine that has no code of its own.
    Internal,
    /// The command line or the settings are wrong.
    Usage,
    /// The definition or an input is invalid.
    Invalid,
    /// There is no access token, or it is not recognised.
    Authentication,
    /// A scope or a permission is missing.
    Grant,
    /// The run failed.
    RunFailed,
    /// The run was cancelled.
    RunCancelled,
    /// The run waits for a time or a person; or none began, since another goes on.
    NotFinished,
    /// The state directory is in use, damaged, newer, or cannot be written.
    State,
    /// Jira cannot be reached.
    Unreachable,
    /// Ctrl-C, after a checkpoint.
    Interrupted,
    /// SIGTERM, after a checkpoint.
    Terminated,
}

impl Exit {
    /// Where several things are wrong: the first in this order that one of them leads to.
    const ORDER: [Self; 9] = [
        Self::Usage,
        Self::Invalid,
        Self::Authentication,
        Self::Grant,
        Self::State,
        Self::Unreachable,
        Self::NotFinished,
        Self::RunFailed,
        Self::Internal,
    ];

    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::Authentication => 4,
            Self::Grant => 5,
            Self::RunFailed | Self::RunCancelled => 6,
            Self::NotFinished => 7,
            Self::State => 8,
            Self::Unreachable => 9,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// What these problems lead to, before anything was sent; warnings lead nowhere.
    pub(crate) fn of<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Self {
        let errors = diagnostics.into_iter().filter(|diagnostic| diagnostic.is_error());
        let exits: Vec<_> = errors.map(|diagnostic| Self::of_code(diagnostic.code)).collect();
        Self::ORDER.into_iter().find(|exit| exits.contains(exit)).unwrap_or(Self::Success)
    }

    /// What a run with this status leads to.
    pub(crate) fn of_run(status: RunStatus) -> Self {
        match status {
            RunStatus::Completed => Self::Success,
            RunStatus::Failed => Self::RunFailed,
            RunStatus::Cancelled => Self::RunCancelled,
            RunStatus::Running
            | RunStatus::Waiting
            | RunStatus::NeedsDecision
            | RunStatus::NeedsGrant
            | RunStatus::Paused
            | RunStatus::Interrupted => Self::NotFinished,
        }
    }

    fn of_code(code: Code) -> Self {
        match code {
            Code::NO_SUCH_RUN | Code::RUN_KEY_TAKEN | Code::CANNOT_RETRY => Self::Usage,
            Code::DONE_OTHERWISE | Code::DONE_DIFFERS => Self::Invalid,
            Code::NOT_ADMITTED => Self::NotFinished,
            Code::NOT_AUTHORISED => Self::Authentication,
            Code::UNAVAILABLE | Code::RATE_LIMITED | Code::TIMED_OUT => Self::Unreachable,
            code => match &code.to_string()[2..4] {
                "01" | "02" | "03" | "04" => Self::Invalid,
                "05" | "06" => Self::Grant,
                "07" => Self::RunFailed,
                "08" => Self::State,
                "09" => Self::Authentication,
                _ => Self::Internal,
            },
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_problems_lead_to_the_first_in_the_order_of_the_table() {
        let exit = |codes: &[Code]| {
            let diagnostics: Vec<_> = codes.iter().map(|code| Diagnostic::error(*code, None, "wrong")).collect();
            Exit::of(&diagnostics)
        };
        let expected = [
            (vec![], Exit::Success),
            (vec![Code::PERMISSION_MISSING, Code::UNKNOWN_KEY], Exit::Invalid),
            (vec![Code::PERMISSION_MISSING, Code::NO_ACCESS_TOKEN], Exit::Authentication),
            (vec![Code::SCOPE_MISSING], Exit::Grant),
            (vec![Code::INPUT_VALUE], Exit::Invalid),
            (vec![Code::STATE_LOCKED], Exit::State),
            (vec![Code::NO_SUCH_RUN], Exit::Usage),
            (vec![Code::NOT_ADMITTED], Exit::NotFinished),
            (vec![Code::UNAVAILABLE], Exit::Unreachable),
        ];
        for (codes, wanted) in expected {
            assert_eq!(exit(&codes), wanted, "{codes:?}");
        }
    }

    #[test]
    fn a_warning_leads_nowhere() {
        assert_eq!(Exit::of(&[Diagnostic::warning(Code::SCOPE_UNKNOWN, None, "unknown")]), Exit::Success);
    }

    #[test]
    fn every_code_of_the_table_leads_somewhere() {
        for page in Code::PAGES {
            assert_ne!(Exit::of_code(page.code), Exit::Internal, "{}", page.code);
        }
    }
}
