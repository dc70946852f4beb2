//! The store on a real disk: modes under any umask, what is refused, what is listed, sealing, and locks.

#[cfg(feature = "passphrase")]
mod keyring;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    process::Command,
};

use futures_util::FutureExt;
use tempfile::TempDir;

use super::*;
use crate::{Grant, Refusal, Secrets, sample};

fn name() -> TokenName {
    "acme".parse().expect("a name")
}

fn store(directory: &TempDir) -> TokenStore {
    TokenStore::open(directory.path().join("tokens"), Unlock::never())
}

async fn write(store: &TokenStore, kept: &StoredToken, sealing: Sealing) -> Result<(), StoreError> {
    let locked = store.lock(&kept.token.name).await?;
    store.write(kept, sealing, &locked)
}

/// A store with one access token, `acme`, and the path of its file.
async fn kept() -> (TempDir, TokenStore, PathBuf) {
    let directory = TempDir::new().expect("a directory");
    let store = store(&directory);
    write(&store, &sample::oauth("acme"), Sealing::Open).await.expect("it is written");
    let file = store.path().join("acme.token");
    (directory, store, file)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").mode() & 0o7777
}

fn give_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[tokio::test]
async fn what_is_written_is_read() {
    let (_directory, store, _) = kept().await;
    for kept in [sample::oauth("acme"), sample::service_account("robot"), sample::api_token("ann")] {
        write(&store, &kept, Sealing::Open).await.unwrap();
        let found = store.read(&kept.token.name).unwrap().expect("it was written");
        assert_eq!(found.token, kept.token);
        assert_eq!(sample::secrets(&found.secrets), sample::secrets(&kept.secrets));
    }
    assert!(store.read(&"other".parse().unwrap()).unwrap().is_none());
    let names: Vec<_> = store.list().unwrap().into_iter().map(|listed| listed.name.to_string()).collect();
    assert_eq!(names, ["acme", "ann", "robot"]);
    let locked = store.lock(&name()).await.unwrap();
    assert!(store.remove(locked).unwrap());
    let locked = store.lock(&name()).await.unwrap();
    assert!(!store.remove(locked).unwrap());
    assert!(!store.path().join("acme.lock").exists());
    assert_eq!(store.list().unwrap().len(), 2);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_empty_one() {
    let directory = TempDir::new().unwrap();
    let store = store(&directory);
    assert!(store.list().unwrap().is_empty());
    assert!(store.read(&name()).unwrap().is_none());
    assert!(!store.path().exists(), "reading makes nothing");
}

/// The umask is the whole process's: another one is needed for each.
#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "027", "077", "777"] {
        let directory = TempDir::new().unwrap();
        let test = "store::tests::modes_here";
        let script = format!("umask {umask}; exec \"$0\" --exact {test} --ignored --nocapture");
        let ran = Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .env("MODES_IN", directory.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && told.contains("1 passed"), "umask {umask}: {told}");
    }
}

#[tokio::test]
#[ignore = "run by `modes_do_not_depend_on_the_umask`"]
#[expect(clippy::disallowed_methods, reason = "the test calls itself, and says so")]
async fn modes_here() {
    let directory = std::env::var_os("MODES_IN").expect("the parent says where");
    let store = TokenStore::open(Path::new(&directory).join("a/b/tokens"), Unlock::never());
    store.check_writable(Sealing::Open).unwrap();
    write(&store, &sample::oauth("acme"), Sealing::Open).await.unwrap();
    write(&store, &sample::oauth("acme"), Sealing::Open).await.unwrap();
    for above in store.path().ancestors().take(3) {
        assert_eq!(mode(above), 0o700, "{}", above.display());
    }
    let files: Vec<_> = fs::read_dir(store.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "the access token and its lock, nothing else: {files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
}

#[tokio::test]
async fn what_others_can_read_is_refused() {
    let (_directory, store, file) = kept().await;
    for open in [0o640, 0o604, 0o660, 0o644] {
        give_mode(&file, open);
        let error = store.read(&name()).unwrap_err();
        assert!(matches!(error, StoreError::Exposed { mode, wanted: 0o600, .. } if mode == open), "{error:?}");
    }
    give_mode(&file, 0o600);
    for open in [0o755, 0o710, 0o1777] {
        give_mode(store.path(), open);
        assert!(matches!(store.read(&name()).unwrap_err(), StoreError::Exposed { .. }));
        assert!(matches!(store.list().unwrap_err(), StoreError::Exposed { .. }));
        assert!(matches!(store.lock(&name()).await.unwrap_err(), StoreError::Exposed { .. }));
        assert!(matches!(store.check_writable(Sealing::Open).unwrap_err(), StoreError::Exposed { .. }));
    }
    give_mode(store.path(), 0o700);
    assert!(store.read(&name()).unwrap().is_some());
}

#[tokio::test]
async fn what_belongs_to_another_is_refused() {
    let (_directory, store, file) = kept().await;
    // Only root can give something away.
    if std::os::unix::fs::chown(&file, Some(12_345), None).is_err() {
        return;
    }
    assert!(matches!(store.read(&name()).unwrap_err(), StoreError::Foreign { owner: 12_345, .. }));
}

#[tokio::test]
async fn symbolic_links_are_not_followed() {
    let (directory, store, file) = kept().await;
    let elsewhere = directory.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(matches!(store.read(&name()).unwrap_err(), StoreError::NotPlain { expected: "file", .. }));
    write(&store, &sample::oauth("acme"), Sealing::Open).await.unwrap();
    assert!(fs::symlink_metadata(&file).unwrap().is_file(), "it is replaced, not written through");
    let link = directory.path().join("link");
    symlink(store.path(), &link).unwrap();
    let linked = TokenStore::open(link, Unlock::never());
    assert!(matches!(linked.read(&name()).unwrap_err(), StoreError::NotPlain { expected: "directory", .. }));
}

/// Nobody writes to these pipes: whoever waited for that would wait for ever.
#[tokio::test]
async fn pipes_are_refused_at_once() {
    let (_directory, store, file) = kept().await;
    let make_pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        let made = Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap();
        assert!(made.success());
    };
    make_pipe(&file);
    assert!(matches!(store.read(&name()).unwrap_err(), StoreError::NotPlain { expected: "file", .. }));
    assert!(matches!(store.list().unwrap()[0].token, Err(StoreError::NotPlain { .. })));
    let lock = store.path().join("acme.lock");
    make_pipe(&lock);
    assert!(matches!(store.lock(&name()).await.unwrap_err(), StoreError::NotPlain { expected: "file", .. }));
    fs::remove_file(&lock).unwrap();
    write(&store, &sample::oauth("acme"), Sealing::Open).await.unwrap();
    assert!(store.read(&name()).unwrap().is_some(), "it is replaced");
}

#[tokio::test]
async fn one_that_cannot_be_read_hides_no_other() {
    let (_directory, store, file) = kept().await;
    let text = fs::read_to_string(&file).unwrap();
    let (before_secrets, _) = text.split_once("\"secrets\"").unwrap();
    let variants = [
        ("cut", text[..text.len() / 2].to_owned()),
        ("empty", String::new()),
        ("newer", text.replace("\"format\": 1", "\"format\": 2")),
        ("other", text.clone()),
        ("field", text.replacen("\"format\"", "\"more\": 1, \"format\"", 1)),
        ("wrong", text.replacen(&format!("\"{}\"", sample::CANARIES[0]), "[\"s3cr3t-canary\"]", 1)),
        (
            "kind",
            format!(
                "{}\"secrets\": {{\"api_token\": \"s3cr3t-canary\"}}}}",
                before_secrets.replacen("\"acme\"", "\"kind\"", 1)
            ),
        ),
    ];
    for (name, text) in &variants {
        let path = store.path().join(format!("{name}.token"));
        fs::write(&path, text).unwrap();
        give_mode(&path, 0o600);
    }
    fs::write(store.path().join("No Name.token"), "").unwrap();
    let mut lines = Vec::new();
    for ListedToken { name, token } in store.list().unwrap() {
        let told = match token {
            Ok((_, sealing)) => format!("{sealing:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!told.contains("canary"), "{told}");
        let told = told.split(" Damaged {").next().unwrap().split(" Newer {").next().unwrap().to_owned();
        lines.push(format!("{name}: {}", told.replace(&store.path().display().to_string(), "DIR")));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    acme: Open
    cut: `DIR/cut.token` is damaged: it is not an access token's document (line 21, column 7)
    empty: `DIR/empty.token` is damaged: it is not an access token's document (line 1, column 0)
    field: `DIR/field.token` is damaged: it is not an access token's document (line 2, column 8)
    kind: `DIR/kind.token` is damaged: its secrets are of another kind than its grant
    newer: `DIR/newer.token` was written by a newer version of flowrun (format 2)
    other: `DIR/other.token` is damaged: it is the document of `acme`
    wrong: `DIR/wrong.token` is damaged: it is not an access token's document (line 33, column 23)
    ");
}

/// A document of before refusals were remembered has none, and one without is as it was before: older versions read both.
#[tokio::test]
async fn a_refusal_is_kept_and_its_absence_leaves_no_trace() {
    let (_directory, store, file) = kept().await;
    assert!(!fs::read_to_string(&file).unwrap().contains("refused"));
    let mut refused = sample::oauth("acme");
    if let Grant::OAuth(grant) = &mut refused.token.grant {
        grant.refused = Some(Refusal { at: sample::made_at(), why: "its consent was taken back".into() });
    }
    write(&store, &refused, Sealing::Open).await.unwrap();
    assert_eq!(store.read(&name()).unwrap().unwrap().token, refused.token);
}

/// A lock whose file is gone is nobody's: whoever waited for it waits for the one that is there now.
#[tokio::test(start_paused = true)]
async fn a_removed_lock_lets_nobody_in_beside_the_next() {
    let (_directory, store, _) = kept().await;
    let name = name();
    let first = store.lock(&name).await.unwrap();
    let mut waiting = Box::pin(store.lock(&name));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(store.remove(first).unwrap());
    let second = store.lock(&name).await.unwrap();
    assert!(matches!(waiting.await.unwrap_err(), StoreError::Locked { .. }));
    let mut waiting = Box::pin(store.lock(&name));
    assert!(waiting.as_mut().now_or_never().is_none());
    store.remove(second).unwrap();
    let third = waiting.await.unwrap();
    assert!(store.path().join("acme.lock").exists(), "it is the lock that others find");
    store.remove(third).unwrap();
    assert_eq!(fs::read_dir(store.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_lock_is_one_process_s() {
    let (_directory, store, _) = kept().await;
    let held = store.lock(&name()).await.unwrap();
    let second = store.lock_within(&name(), Duration::ZERO).await.unwrap_err();
    let told = second.to_string();
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
    assert!(second.is_transient());
    let other = store.lock(&"other".parse().unwrap()).await;
    assert!(other.is_ok(), "another access token is not locked");
    drop(held);
    assert!(store.lock(&name()).await.is_ok());
}

#[tokio::test]
async fn what_was_left_half_written_is_swept() {
    let (_directory, store, file) = kept().await;
    let left = store.path().join("acme.token.tmp");
    fs::write(&left, "{\"format\":").unwrap();
    let before = fs::read(&file).unwrap();
    let locked = store.lock(&name()).await.unwrap();
    assert!(!left.exists());
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::write(&left, "{").unwrap();
    let new = store.path().join("new.token.tmp");
    fs::write(&new, "{").unwrap();
    store.sweep().await.unwrap();
    assert!(left.exists(), "its lock is held");
    assert!(!new.exists() && !store.path().join("new.lock").exists());
    drop(locked);
    store.sweep().await.unwrap();
    assert!(!left.exists() && file.exists() && store.path().join("acme.lock").exists());
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    let store = TokenStore::open(directory.path().join("file/tokens"), Unlock::never());
    let error = store.check_writable(Sealing::Open).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert!(error.help().is_some_and(|help| help.contains("--tokens-dir")));
}

#[cfg(feature = "passphrase")]
mod sealed {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    fn unlocked(store: &TokenStore, passphrase: &'static str) -> TokenStore {
        TokenStore::open(store.path(), Unlock::with(move |_| Some(passphrase.into())))
    }

    #[tokio::test]
    async fn a_passphrase_opens_what_it_sealed() {
        let (_directory, open, file) = kept().await;
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        let store = TokenStore::open(
            open.path(),
            Unlock::with(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Some("correct horse".into())
            }),
        );
        store.check_writable(Sealing::Passphrase).unwrap();
        write(&store, &sample::oauth("acme"), Sealing::Passphrase).await.unwrap();
        assert!(matches!(store.find(&name()), Ok(Some((_, Sealing::Passphrase)))));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "it is asked for once");
        let bytes = fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"));
        assert_eq!((mode(&file), mode(&open.path().join("identity.age"))), (0o600, 0o600));

        assert!(matches!(open.read(&name()).unwrap_err(), StoreError::Sealed { .. }));
        let wrong = unlocked(&open, "wrong horse");
        assert!(matches!(wrong.read(&name()).unwrap_err(), StoreError::WrongPassphrase { .. }));
        assert!(matches!(wrong.check_writable(Sealing::Passphrase).unwrap_err(), StoreError::WrongPassphrase { .. }));
        let listed = open.list().unwrap();
        assert!(matches!(listed[0].token, Err(StoreError::Sealed { .. })));

        let again = unlocked(&open, "correct horse");
        assert!(again.read(&name()).unwrap().is_some());
        write(&again, &sample::oauth("acme"), Sealing::Open).await.unwrap();
        assert!(open.read(&name()).unwrap().is_some(), "it was opened by adding it again");

        let mut cut = bytes.clone();
        cut.truncate(bytes.len() - 3);
        fs::write(&file, cut).unwrap();
        assert!(matches!(again.read(&name()).unwrap_err(), StoreError::Damaged { .. }));
        fs::write(&file, bytes).unwrap();
        fs::remove_file(open.path().join("identity.age")).unwrap();
        let keyless = unlocked(&open, "correct horse");
        assert!(matches!(keyless.read(&name()).unwrap_err(), StoreError::OtherKey { .. }));
    }
}

#[test]
fn secrets_are_never_shown() {
    for kept in [sample::oauth("acme"), sample::service_account("robot"), sample::api_token("ann")] {
        let shown = format!("{kept:?} {:?}", serde_json::to_string(&kept.token));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(matches!(kept.secrets, Secrets::OAuth(_) | Secrets::ServiceAccount { .. } | Secrets::ApiToken(_)));
    }
}
