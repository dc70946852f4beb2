//! The store on a real disk: modes under any umask, what is refused, what is listed, sealing, and locks.
