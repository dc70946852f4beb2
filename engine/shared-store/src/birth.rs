//! What tells a process from every other that had, has or will have its number: among which processes it is counted, and when it began.

use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The birth of a process. Two that were born alike and have one number are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Birth {
    /// Among which processes: those in a container have numbers of their own.
    among: String,
    /// When, in the system's ticks since it started.
    at: u64,
}

impl Birth {
    /// That of this process.
    pub(crate) fn of_this() -> io::Result<Self> {
        Self::read("self")
    }

    /// That of the process that has this number here, among the same processes as this one.
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        Self::read(&pid.to_string())
    }

    /// Whether it was born among the same processes as another.
    pub(crate) fn is_among_those_of(&self, other: &Self) -> bool {
        self.among == other.among
    }

    fn read(process: &str) -> io::Result<Self> {
        // Whom this process can number at all is numbered in this process's way.
        let among = fs::read_link("/proc/self/ns/pid")?.display().to_string();
        let at = began_at(&fs::read_to_string(format!("/proc/{process}/stat"))?);
        Ok(Self { among, at: at.ok_or(io::ErrorKind::InvalidData)? })
    }
}

/// When a process began, in its line of `/proc`. Its name, which is in parentheses, may have any.
fn began_at(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_process_began_is_the_twenty_second_word() {
        let numbers = (4..60).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(began_at(&format!("7 (a) b) S) R {numbers}\n")), Some(22));
        assert_eq!(began_at("7 (short) R 1 2\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_was_born_once_and_others_at_other_times_or_numbers() {
        let own = Birth::of_this().unwrap();
        assert_eq!(Birth::of(std::process::id()).unwrap(), own);
        assert_ne!(Birth::of(1).unwrap(), own);
        assert!(Birth::of(1).unwrap().is_among_those_of(&own));
    }
}
