//! Reading what a person names: mostly a file, but a pipe or a device as well. Nothing is read or waited for without an end,
//! and nothing is waited for without a word.

mod silence;
mod stdin;

use std::{
    fs::{File, OpenOptions, symlink_metadata},
    io::{self, ErrorKind, IsTerminal, Read},
    path::Path,
    thread,
    time::Duration,
};

use silence::Silence;
pub(crate) use stdin::{await_stdin, stdin};

/// How long nothing may come through a pipe.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come through stdin: behind it may be a person, who is asked by another program.
const PATIENCE_WITH_STDIN: Duration = Duration::from_secs(300);

/// After so much silence it is said what is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// How often a pipe is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// How files are called that are none: what is read is stdin.
const STDIN: &str = "-";

const KIB: u64 = 1024;

/// Why something cannot be read: what stands behind "the file … cannot be read: ".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is longer than {}, the most that is read here", size(*.0))]
    TooLong(u64),
    #[error("it is a pipe or a device, and nothing came through it for {} s", .0.as_secs())]
    Silent(Duration),
    #[error("stdin has already been read: it can be given only once")]
    ReadAlready,
    #[error("it is a terminal")]
    Terminal,
    #[error("it is not text in UTF-8")]
    NotText,
}

/// The text at `path`, of at most `most` bytes.
pub(crate) fn text(path: &Path, most: u64) -> Result<String, ReadError> {
    text_of(all(path, most)?)
}

/// The text at `path`, of at most `most` bytes; stdin's where the path is `-`, where `what` is waited for.
pub(crate) fn text_or_stdin(path: &Path, what: &str, most: u64) -> Result<String, ReadError> {
    let bytes = first_or_stdin(path, what, most + 1)?;
    if bytes.len() as u64 > most { Err(ReadError::TooLong(most)) } else { text_of(bytes) }
}

fn text_of(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|_| ReadError::NotText)
}

/// The bytes at `path`, at most `most`.
pub(crate) fn all(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let bytes = first(path, most + 1)?;
    if bytes.len() as u64 > most { Err(ReadError::TooLong(most)) } else { Ok(bytes) }
}

/// The first bytes at `path`, at most `most`.
pub(crate) fn first(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let what = format!("what comes through `{}`", path.display());
    first_of(&open(path)?, waits_for_writer(path), most, Silence::new(&what, PATIENCE))
}

/// The first bytes at `path`, at most `most`; of stdin where the path is `-`, where `what` is waited for.
pub(crate) fn first_or_stdin(path: &Path, what: &str, most: u64) -> Result<Vec<u8>, ReadError> {
    if path == Path::new(STDIN) { stdin(what, most) } else { first(path, most) }
}

/// Opens without waiting: for somebody who writes to a pipe, or for what a device does at that.
pub(crate) fn open(path: &Path) -> Result<File, ReadError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
        options.custom_flags(i32::try_from(flags).expect("flags of open are an int"));
    }
    let file = options.open(path)?;
    if file.is_terminal() { Err(ReadError::Terminal) } else { Ok(file) }
}

/// The first bytes of an open file, at most `most`.
pub(crate) fn first_bytes(file: &File, most: u64) -> Result<Vec<u8>, ReadError> {
    first_of(file, false, most, Silence::new("what comes through the file", PATIENCE))
}

fn first_of(
    mut file: &File,
    waits_for_writer: bool,
    most: u64,
    mut silence: Silence<'_>,
) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * KIB as usize];
    while (bytes.len() as u64) < most {
        let wanted = usize::try_from(most - bytes.len() as u64).unwrap_or(usize::MAX).min(piece.len());
        match file.read(&mut piece[..wanted]) {
            Ok(0) if !(waits_for_writer && bytes.is_empty()) => break,
            Ok(read) if read > 0 => {
                bytes.extend_from_slice(&piece[..read]);
                silence.end();
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error.into()),
            _ => {}
        }
        silence.goes_on()?;
        thread::sleep(PAUSE);
    }
    Ok(bytes)
}

/// Whether it is a pipe that has a name: whoever writes to it may open it later. The others are open on both sides.
fn waits_for_writer(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        symlink_metadata(path).is_ok_and(|found| found.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = (path, symlink_metadata::<&Path>);
        false
    }
}

/// `64 KiB`, `1 MiB`
fn size(bytes: u64) -> String {
    if bytes < KIB * KIB { format!("{} KiB", bytes / KIB) } else { format!("{} MiB", bytes / KIB / KIB) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    #[test]
    fn what_is_long_or_endless_is_refused_with_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "x".repeat(1024)).unwrap();
        assert_eq!(text(&path, KIB).unwrap().len(), 1024);
        fs::write(&path, "x".repeat(1025)).unwrap();
        for endless in [&*path, Path::new("/dev/zero")] {
            let refused = text(endless, KIB).unwrap_err().to_string();
            assert_eq!(refused, "it is longer than 1 KiB, the most that is read here");
        }
        assert_eq!(text(Path::new("/dev/null"), KIB).unwrap(), "");
        assert!(matches!(text(folder.path(), KIB), Err(ReadError::Io(_))));
    }

    #[test]
    fn a_pipe_is_read_to_its_end_and_a_silent_one_is_not_waited_for_for_ever() {
        let silence = || Silence::new("nothing", Duration::from_millis(60));
        let (reader, mut writer) = io::pipe().unwrap();
        let reader = File::from(std::os::fd::OwnedFd::from(reader));
        rustix::io::ioctl_fionbio(&reader, true).unwrap();
        let silent = first_of(&reader, false, KIB, silence()).unwrap_err();
        assert!(matches!(silent, ReadError::Silent(_)), "{silent}");
        writer.write_all(b"one").unwrap();
        drop(writer);
        assert_eq!(first_of(&reader, false, KIB, silence()).unwrap(), b"one");

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let nobody = first_of(&open(&path).unwrap(), waits_for_writer(&path), KIB, silence()).unwrap_err();
        assert!(matches!(nobody, ReadError::Silent(_)), "{nobody}");
        let late = thread::spawn({
            let path = path.clone();
            move || fs::write(path, "late").unwrap()
        });
        assert_eq!(first(&path, KIB).unwrap(), b"late");
        late.join().unwrap();
    }
}
