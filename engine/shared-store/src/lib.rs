//! One durable store of runs for several processes.
//!
//! sled locks its directory to one process. Here the process that has it open *serves* it to the others on a Unix socket, and each drives
//! its own runs through the same [`Store`](flowrun_engine::store::Store). When the process that has the store ends, however it ends, another opens it, and all go on: what
//! was asked and not answered is asked again, which is harmless. Who uses the store notices no more than that an answer took longer.
//!
//! ```text
//!   Engine ──► SharedStore ──► Desk ──┬──► OpenStore ──► SledStore        this process has the store, and
//!                                     │        ▲                          Server serves it
//!                                     │        └───── Server ◄── socket ◄── other processes
//!                                     └──► Connected ──► socket ──►       or another has it
//!   Keeper: the thread that sees to it that it is one or the other
//! ```
//!
//! A claim ends with its process, never by time: each process has a file in the state directory with a lock that the kernel frees when
//! the process has ended (`presence`). That a connection broke, or that a process is silent, says nothing.

mod birth;
mod claimants;
mod client;
mod desk;
mod directory;
mod ending;
mod frame;
mod greeting;
mod keeper;
mod machine;
mod network;
mod open_store;
mod place;
mod presence;
mod request;
mod server;
#[cfg(test)]
mod simulation;
mod store;
mod wire;

pub use self::{
    directory::holder_of,
    ending::{NotProved, ProvedProcess},
    network::network_of,
    presence::Process,
    store::SharedStore,
};
