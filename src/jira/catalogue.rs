//! The activities without a site: their facts, for commands that send nothing.

use std::sync::{Arc, LazyLock};

use flowrun_engine::activity::Catalogue;
use flowrun_jira::{Client, Files};

/// The activities without a site. One catalogue for all, with what is compiled of it.
pub(crate) fn offline() -> &'static Catalogue {
    static OFFLINE: LazyLock<Catalogue> =
        LazyLock::new(|| flowrun_jira::catalogue(&Arc::new(Client::offline()), &Files::none()));
    &OFFLINE
}
