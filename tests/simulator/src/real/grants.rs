//! An administrator who takes permissions away while runs go on, and gives each of them back.

use flowrun_jira_sandbox::GrantChange;

use super::{Event, Real, Trouble};
use crate::world::{self, ALWAYS, World};

/// What may be taken away.
const PERMISSIONS: [&str; 11] = [
    "ADD_COMMENTS",
    "ASSIGN_ISSUES",
    "BROWSE_PROJECTS",
    "CREATE_ATTACHMENTS",
    "CREATE_ISSUES",
    "DELETE_ISSUES",
    "EDIT_ISSUES",
    "LINK_ISSUES",
    "MANAGE_WATCHERS",
    "TRANSITION_ISSUES",
    "WORK_ON_ISSUES",
];

/// When the first may be taken away, and for how long, in milliseconds: less than until it is asked for again, and longer.
const TAKEN_WITHIN: u64 = 15_000;
const AWAY: [u64; 2] = [10_000, 900_000];

impl World<Real<'_>> {
    /// What the administrator is going to do.
    pub(super) fn administrator(&mut self) {
        if !self.kind.network.has(Trouble::Grants) {
            return;
        }
        for _ in 0..self.random.below(4) {
            let permission = self.random.one_of(&PERMISSIONS);
            let taken = self.random.below(TAKEN_WITHIN);
            let away = self.random.below(self.random.one_of(&AWAY));
            for (after, is_granted) in [(taken, false), (taken + away, true)] {
                self.at(after, ALWAYS, world::Event::Own(Event::GrantChanges { permission, is_granted }));
            }
        }
    }

    /// The permission is taken from whoever runs everything, or given back.
    pub(super) fn grant_changes(&mut self, permission: &'static str, is_granted: bool) {
        match is_granted {
            true => self.kind.taken.remove(permission),
            false => self.kind.taken.insert(permission),
        };
        self.change_grants(&[permission], is_granted);
    }

    /// Looks at the sandbox as somebody who may see all of it.
    pub(super) fn seeing_all<T>(&self, look: impl FnOnce() -> T) -> T {
        let taken: Vec<&str> = self.kind.taken.iter().copied().collect();
        self.change_grants(&taken, true);
        let seen = look();
        self.change_grants(&taken, false);
        seen
    }

    fn change_grants(&self, permissions: &[&str], granted: bool) {
        if permissions.is_empty() {
            return;
        }
        let change = GrantChange {
            email: self.kind.shared.email.clone(),
            granted,
            scopes: Vec::new(),
            permissions: permissions.iter().map(|permission| (*permission).to_owned()).collect(),
            project: None,
        };
        self.kind.shared.site.change_grants(&change).expect("the user and the permissions are there");
    }
}
