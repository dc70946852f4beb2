//! A fence around sled, which panics at some of the files and errors that it does not expect.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use super::fault::Fault;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does something with sled; its panic becomes a fault.
pub(super) fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    GUARDED.set(true);
    // After a panic the handle is given up, or was only read from.
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    result.unwrap_or_else(|payload| Err(Fault::panic(what, &*payload)))
}

/// Whether a panic on this thread, now, is sled's, and becomes an error of the store's. A program's panic hook need not
/// report it.
pub fn store_catches_panics() -> bool {
    // A panic of one of sled's own threads ends what waits for it in an error.
    GUARDED.get() || thread::current().name().is_some_and(|name| name.starts_with("sled-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault() {
        let mut catches = false;
        let fault = guarded("opening it", || -> Result<(), _> {
            catches = store_catches_panics();
            panic!("two words\nand more");
        });
        let told = "opening it: its files cannot be read as they are".to_owned();
        assert_eq!(fault, Err(Fault::Damaged(told)));
        assert!(catches, "the program's panic hook would report it");
        assert!(!store_catches_panics());
    }
}
