//! A proxy between the program and a served sandbox that stops one request on its way back: the sandbox has done it,
//! and the program does not know yet.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// The proxy, which goes on until the test process ends.
pub(crate) struct Proxy {
    pub(crate) url: String,
    reached: Receiver<()>,
    release: Sender<Fate>,
}

/// What becomes of the answer that was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives.
    Arrives,
    /// The connection is closed instead.
    IsLost,
}

/// The request whose answer is stopped, once.
struct Trap {
    line: &'static str,
    reached: Sender<()>,
    release: Receiver<Fate>,
}

impl Proxy {
    /// Stops the answer to the first request whose first line begins with `method` and has `path` before its end.
    pub(crate) fn stopping(upstream: &str, line: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let there = upstream.trim_start_matches("http://").to_owned();
        let ((reached, reached_here), (release_here, release)) = (channel(), channel());
        let trap = Arc::new(Mutex::new(Some(Trap { line, reached, release })));
        let own = here.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (trap, own, there) = (trap.clone(), own.clone(), there.clone());
                thread::spawn(move || pass(client, &own, &there, &trap));
            }
        });
        Self { url: format!("http://{here}"), reached: reached_here, release: release_here }
    }

    /// Answers each such request itself, with `answer`, and passes on all others.
    pub(crate) fn answering(upstream: &str, line: &'static str, answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let there = upstream.trim_start_matches("http://").to_owned();
        let own = here.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (own, there, answer) = (own.clone(), there.clone(), answer.clone());
                thread::spawn(move || pass_or_answer(client, &own, &there, line, &answer));
            }
        });
        // Nothing is stopped.
        let ((_, reached), (release, _)) = (channel(), channel());
        Self { url: format!("http://{here}"), reached, release }
    }

    /// Waits until the sandbox has done the request.
    pub(crate) fn wait(&self) {
        self.reached.recv().unwrap();
    }

    /// Says what becomes of the answer.
    pub(crate) fn release(&self, fate: Fate) {
        // Whoever waited for the answer may be dead.
        let _ = self.release.send(fate);
    }
}

/// Passes requests on one connection, one after the other.
fn pass(mut client: TcpStream, own: &str, there: &str, trap: &Mutex<Option<Trap>>) {
    let mut server = TcpStream::connect(there).unwrap();
    while let Some(request) = read_message(&mut client) {
        let text = String::from_utf8(request).unwrap().replace(own, there);
        let first = text.lines().next().unwrap_or_default().to_owned();
        server.write_all(text.as_bytes()).unwrap();
        let Some(answer) = read_message(&mut server) else { break };
        let caught = {
            let mut trap = trap.lock().unwrap();
            let matches = trap.as_ref().is_some_and(|trap| fits(&first, trap.line));
            if matches { trap.take() } else { None }
        };
        if let Some(trap) = caught {
            let _ = trap.reached.send(());
            if trap.release.recv() != Ok(Fate::Arrives) {
                break;
            }
        }
        if client.write_all(&answer).is_err() {
            break;
        }
    }
    // The client may have closed it already.
    let _ = client.shutdown(Shutdown::Both);
}

/// The same, where some requests are answered here.
fn pass_or_answer(mut client: TcpStream, own: &str, there: &str, line: &str, answer: &str) {
    let mut server = TcpStream::connect(there).unwrap();
    while let Some(request) = read_message(&mut client) {
        let text = String::from_utf8(request).unwrap().replace(own, there);
        let written = if fits(text.lines().next().unwrap_or_default(), line) {
            client.write_all(answer.as_bytes())
        } else {
            server.write_all(text.as_bytes()).unwrap();
            let Some(passed) = read_message(&mut server) else { break };
            client.write_all(&passed)
        };
        if written.is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// Whether a request line is `METHOD …PATH HTTP/1.1`, given `METHOD PATH`.
fn fits(first: &str, wanted: &str) -> bool {
    let (method, path) = wanted.split_once(' ').unwrap();
    first.starts_with(method) && first.split(' ').nth(1).is_some_and(|target| target.ends_with(path))
}

/// Reads a request or an answer, whole.
fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut byte = [0];
    while !message.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        message.push(byte[0]);
    }
    let head = String::from_utf8(message.clone()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    message.extend(body);
    Some(message)
}
