//! What holds for this call: flag, then `FLOWRUN_*`, then the nearest `flowrun.toml`, then the user's file, then the default.
//!
//! clap has joined flags and environment already; the files are read here. A misspelt key is an error with its place.

use std::{
    env,
    path::{Path, PathBuf},
};

use flowrun_engine::definition::{Position, Source};
use serde::Deserialize;

use crate::{
    arguments::{Color, Global, OutputFormat},
    reading::{self, ReadError},
};

/// No settings are near this size, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// So many MiB must be free, where nothing says otherwise.
const MIN_FREE: u32 = 64;

/// The settings of this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where runs are kept.
    pub(crate) state_dir: PathBuf,
    /// Where access tokens are kept.
    pub(crate) tokens_dir: PathBuf,
    /// How many bytes must be free on the disk of the runs before an effect begins.
    pub(crate) min_free: u64,
    /// How results are written.
    pub(crate) output: OutputFormat,
    /// When colours are used.
    pub(crate) color: Color,
    /// Certificates to trust besides the machine's.
    pub(crate) ca_bundle: Option<PathBuf>,
    /// The settings files that were read.
    pub(crate) files: Vec<PathBuf>,
    /// Nothing is asked.
    pub(crate) no_input: bool,
    /// No progress.
    pub(crate) quiet: bool,
    /// How much is told on stderr.
    pub(crate) verbose: u8,
}

/// A settings file: every key may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SettingsFile {
    state_dir: Option<PathBuf>,
    tokens_dir: Option<PathBuf>,
    min_free: Option<u32>,
    output: Option<OutputFormat>,
    color: Option<Color>,
    ca_bundle: Option<PathBuf>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("cannot read the settings file `{}`", path.display())]
    Unreadable { path: PathBuf, source: ReadError },
    #[error("the settings file `{}` has an error{place}: {why}", path.display())]
    Wrong { path: PathBuf, place: String, why: String },
    #[error("cannot find the home directory: set HOME, or give --state-dir and --tokens-dir")]
    NoHome,
}

impl Settings {
    /// Brings the layers together.
    pub(crate) fn new(global: &Global) -> Result<Self, SettingsError> {
        let nearest_path = global.config.clone().or_else(nearest_file);
        let nearest = nearest_path.as_deref().map(read).transpose()?.unwrap_or_default();
        let user_path =
            user_directory("XDG_CONFIG_HOME", ".config").map(|directory| directory.join("flowrun/config.toml"));
        let user_path = user_path.filter(|path| path.is_file());
        let user = user_path.as_deref().map(read).transpose()?.unwrap_or_default();
        let default_state = || Some(user_directory("XDG_STATE_HOME", ".local/state")?.join("flowrun"));
        let state_dir = global.state_dir.clone().or(nearest.state_dir).or(user.state_dir).or_else(default_state);
        let default_tokens = || Some(user_directory("XDG_DATA_HOME", ".local/share")?.join("flowrun/tokens"));
        let tokens_dir = global.tokens_dir.clone().or(nearest.tokens_dir).or(user.tokens_dir).or_else(default_tokens);
        Ok(Self {
            state_dir: state_dir.ok_or(SettingsError::NoHome)?,
            tokens_dir: tokens_dir.ok_or(SettingsError::NoHome)?,
            min_free: u64::from(global.min_free.or(nearest.min_free).or(user.min_free).unwrap_or(MIN_FREE)) << 20,
            output: global.output.or(nearest.output).or(user.output).unwrap_or_default(),
            color: global.color.or(nearest.color).or(user.color).unwrap_or_default(),
            ca_bundle: nearest.ca_bundle.or(user.ca_bundle),
            files: nearest_path.into_iter().chain(user_path).collect(),
            no_input: global.no_input,
            quiet: global.quiet,
            verbose: global.verbose,
        })
    }
}

/// A directory of the user, by the XDG Base Directory Specification: what `variable` says, if it is absolute, else `usual` in the
/// home directory; `None` where there is none.
fn user_directory(variable: &str, usual: &str) -> Option<PathBuf> {
    let home = env::home_dir()?;
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(named.unwrap_or_else(|| home.join(usual)))
}

/// The nearest `flowrun.toml`, from the working directory upward.
fn nearest_file() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("flowrun.toml")).find(|path| path.is_file())
}

/// Reads a settings file. A relative path in it is taken from the file's folder.
fn read(path: &Path) -> Result<SettingsFile, SettingsError> {
    let text =
        reading::text(path, LONGEST).map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    let file: SettingsFile = toml::from_str(&text).map_err(|error| wrong(path, &text, &error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let from_folder = |path: Option<PathBuf>| path.map(|path| folder.join(path));
    Ok(SettingsFile {
        state_dir: from_folder(file.state_dir),
        tokens_dir: from_folder(file.tokens_dir),
        ca_bundle: from_folder(file.ca_bundle),
        ..file
    })
}

fn wrong(path: &Path, text: &str, error: &toml::de::Error) -> SettingsError {
    let place = error.span().map(|span| Source::new("", text).position(span.start));
    let place = place.map(|Position { line, column }| format!(" at line {line}, column {column}"));
    let why = error.message().trim_end().replace('\n', "; ");
    SettingsError::Wrong { path: path.to_owned(), place: place.unwrap_or_default(), why }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flowrun.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_misspelt_key_is_an_error_with_its_place() {
        let (_folder, path) = written("output = \"json\"\nstate_dir = \"runs\"\n");
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("line 2, column 1"), "{message}");
        assert!(message.contains("unknown field `state_dir`"), "{message}");
    }

    #[test]
    fn a_relative_path_is_taken_from_the_file() {
        let (folder, path) = written("state-dir = \"runs\"\n");
        assert_eq!(read(&path).unwrap().state_dir, Some(folder.path().join("runs")));
    }

    #[test]
    fn a_flag_goes_before_the_file() {
        let (folder, path) = written("state-dir = \"runs\"\noutput = \"json\"\n");
        let global = Global {
            output: Some(OutputFormat::Text),
            state_dir: None,
            tokens_dir: Some("tokens".into()),
            config: Some(path),
            min_free: None,
            color: None,
            no_input: false,
            quiet: false,
            verbose: 0,
        };
        let settings = Settings::new(&global).unwrap();
        assert_eq!((settings.output, settings.state_dir), (OutputFormat::Text, folder.path().join("runs")));
        assert_eq!(settings.tokens_dir, PathBuf::from("tokens"));
    }
}
