//! Whether there is room for what sled takes. It does not ask: where there is none for its tables it writes to nowhere, which ends
//! the program, and where there is none for its buffers it panics.

use std::io::ErrorKind;

use super::fault::Fault;

/// Its tables (6 MiB), its cache (32 MiB), its buffers and the stacks of its threads.
const NEEDED: usize = 64 << 20;

/// Sees that so much can be had, and gives it back.
pub(super) fn suffices() -> Result<(), Fault> {
    is_there(NEEDED)
}

fn is_there(bytes: usize) -> Result<(), Fault> {
    let room = Vec::<u8>::new().try_reserve_exact(bytes);
    room.map_err(|_| Fault::io("opening it", &ErrorKind::OutOfMemory.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_no_damage() {
        assert_eq!(suffices(), Ok(()));
        let message = "opening it: not enough memory can be had".to_owned();
        assert_eq!(is_there(isize::MAX as usize), Err(Fault::Io { kind: ErrorKind::OutOfMemory, message }));
    }
}
