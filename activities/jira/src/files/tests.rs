//! What may be taken from a directory, and what becomes of a file that changes.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    process::Command,
};

use futures_util::TryStreamExt;
use insta::assert_snapshot;
use tempfile::TempDir;

use super::*;

/// A directory `files` with a file, beside one with a secret.
fn world() -> TempDir {
    let world = TempDir::new().expect("a directory");
    let files = world.path().join("files");
    fs::create_dir_all(files.join("logs")).expect("directories");
    fs::write(files.join("logs/a.txt"), "abc").expect("a file");
    fs::write(world.path().join("secret.txt"), "s3cr3t").expect("a file");
    world
}

fn files(world: &TempDir) -> Files {
    Files::in_directory(world.path().join("files"))
}

/// What comes of opening `path`, the world's own address left out.
fn told(world: &TempDir, path: &str) -> String {
    let told = match files(world).open(path) {
        Ok(file) => format!("`{}`, {} bytes", file.name(), file.size()),
        Err(error) => error.to_string(),
    };
    told.replace(&world.path().display().to_string(), "W")
}

#[test]
fn files_come_from_inside() {
    let world = world();
    let root = world.path().join("files");
    symlink("logs", root.join("linked")).expect("a link");
    symlink(root.join("logs/a.txt"), root.join("absolute.txt")).expect("a link");
    fs::write(root.join("a \"b\"\nتقرير.txt"), "").expect("a file");
    let absolute = root.join("logs/a.txt").display().to_string();
    let paths = ["logs/a.txt", "./logs/../logs/a.txt", "linked/a.txt", "absolute.txt", &absolute, "a \"b\"\nتقرير.txt"];
    assert_snapshot!(paths.map(|path| told(&world, path)).join("\n"), @r#"
    `a.txt`, 3 bytes
    `a.txt`, 3 bytes
    `a.txt`, 3 bytes
    `absolute.txt`, 3 bytes
    `a.txt`, 3 bytes
    `a "b"
    تقرير.txt`, 0 bytes
    "#);
}

#[test]
fn nothing_comes_from_outside() {
    let world = world();
    let root = world.path().join("files");
    symlink("../secret.txt", root.join("link.txt")).expect("a link");
    symlink(world.path(), root.join("up")).expect("a link");
    symlink("/dev", root.join("dev")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    let outside = world.path().join("secret.txt").display().to_string();
    let around = root.join("../secret.txt").display().to_string();
    let paths = [
        "../secret.txt",
        "logs/../../secret.txt",
        "link.txt",
        "up/secret.txt",
        "dev/null",
        "/etc/passwd",
        "../nothing",
        &outside,
        &around,
    ];
    let told = paths.map(|path| told(&world, path).replace(&world.path().display().to_string(), "W"));
    assert_snapshot!(told.join("\n"), @"
    `../secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `logs/../../secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `link.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `up/secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `dev/null` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `/etc/passwd` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `../nothing` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `W/secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    `W/files/../secret.txt` leads out of `W/files`, where files are taken from; `--files DIR` names another directory
    ");
    assert!(files(&world).open("loop").is_err());
}

#[test]
fn only_files_are_files() {
    let world = world();
    let root = world.path().join("files");
    let made = Command::new("mkfifo").arg(root.join("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    let _socket = UnixListener::bind(root.join("socket")).expect("a socket");
    let paths = ["logs", ".", "", "pipe", "socket", "nothing.txt", "logs/a.txt/b"];
    assert_snapshot!(paths.map(|path| told(&world, path)).join("\n"), @"
    `logs` in `W/files` is a directory, not a file
    `.` in `W/files` is a directory, not a file
    `` in `W/files` is a directory, not a file
    `pipe` in `W/files` is a named pipe, not a file
    `socket` in `W/files` is a socket, not a file
    there is no file `nothing.txt` in `W/files`
    `logs/a.txt/b` cannot be read: Not a directory (os error 20)
    ");
    let devices = Files::in_directory("/dev").open("null").expect_err("no file").to_string();
    assert_eq!(devices, "`null` in `/dev` is a device, not a file");
}

#[test]
fn of_a_long_path_the_beginning_is_told() {
    let world = world();
    let told = files(&world).open(&"ä/".repeat(3000)).expect_err("there is no such file").to_string();
    assert!(told.starts_with("`ä/ä/") && told.contains("ä…` ") && told.chars().count() < 400, "{told}");
}

#[test]
fn without_a_directory_only_what_leads_out_of_any_is_refused() {
    let none = Files::none();
    assert!(none.check("logs/a.txt").is_ok() && none.check("/etc/passwd").is_ok() && none.check("a/../b").is_ok());
    let told = none.check("a/../../b").expect_err("it leads out").to_string();
    assert!(told.starts_with("`a/../../b` leads out of the directory"), "{told}");
    let told = none.open("logs/a.txt").expect_err("there is no directory").to_string();
    assert_eq!(told, "`logs/a.txt` cannot be read: no directory of files is known; `--files DIR` names one");
    let gone = Files::in_directory("/nowhere/at-all").check("a").expect_err("there is no directory").to_string();
    assert!(gone.starts_with("the directory `/nowhere/at-all` of files cannot be opened: "), "{gone}");
}

async fn content(file: &OpenedFile, sha256: String) -> Result<usize, String> {
    let sizes = file.content(sha256).map_ok(|piece| piece.len());
    sizes.try_fold(0, async |sum, size| Ok(sum + size)).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_file_is_given_as_it_was_read_first() {
    let world = world();
    let path = world.path().join("files/big.bin");
    for size in [0, 1, 256 * 1024, 600_000] {
        fs::write(&path, vec![7; size]).expect("a file");
        let file = files(&world).open("big.bin").expect("a file");
        let sha256 = file.sha256().await.expect("a digest");
        assert_eq!(content(&file, sha256.clone()).await, Ok(size));
        assert_eq!(content(&file, sha256).await, Ok(size), "again, from its beginning");
    }
}

#[tokio::test]
async fn a_file_that_changes_is_refused() {
    let world = world();
    let path = world.path().join("files/log.txt");
    let changes: [(&str, &[u8]); 4] = [("other", b"axc"), ("shorter", b"ab"), ("longer", b"abcd"), ("empty", b"")];
    for (how, after) in changes {
        fs::write(&path, "abc").expect("a file");
        let file = files(&world).open("log.txt").expect("a file");
        let sha256 = file.sha256().await.expect("a digest");
        fs::write(&path, after).expect("a file");
        assert_eq!(content(&file, sha256).await, Err("`log.txt` changed while it was being read".into()), "{how}");
    }
    fs::write(&path, "abc").expect("a file");
    let file = files(&world).open("log.txt").expect("a file");
    fs::write(&path, "abcd").expect("a file");
    assert!(file.sha256().await.is_err(), "between opening and reading too");
}
