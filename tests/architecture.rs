//! What ARCHITECTURE.md says of the packages and modules, as far as a machine can see it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The sources of our packages.
const PACKAGES: [&str; 8] = [
    "src",
    "engine/src",
    "engine/diagnostics/src",
    "engine/shared-store/src",
    "activities/http/src",
    "activities/access-token/src",
    "activities/jira/src",
    "activities/jira-sandbox/src",
];

/// Crates that one module of a package knows, and what the paths of such modules begin with.
const KNOWN_BY_ONE_MODULE: [(&str, &[&str]); 5] = [
    ("annotate_snippets::", &["engine/diagnostics/src/renderer"]),
    ("sled::", &["engine/src/store/sled"]),
    ("serde_yaml::", &["engine/src/yaml", "activities/jira-sandbox/src/seed/parse"]),
    ("saphyr_parser::", &["engine/src/yaml"]),
    ("cel::", &["engine/src/expression"]),
];

/// The only modules that reach a stream or a terminal, each through `screen::visible`.
const WRITERS: [&str; 3] = ["src/screen.rs", "src/progress.rs", "src/prompt.rs"];

#[test]
fn only_the_modules_that_make_texts_visible_write_them() {
    let ways = [
        "stdout()",
        "stderr()",
        "io::stdout",
        "io::stderr",
        "print!(",
        "println!(",
        "eprint!(",
        "eprintln!(",
        "AutoStream",
        "indicatif::",
        "dialoguer::",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources_without_tests().into_iter().filter(|(path, _)| !WRITERS.contains(&path.as_str())) {
        wrong.extend(ways.iter().filter(|way| mentions(&text, way)).map(|way| format!("{path} has `{way}`")));
    }
    assert_eq!(wrong, Vec::<String>::new());
    for path in WRITERS {
        let text = fs::read_to_string(root().join(path)).expect("a text");
        assert!(text.contains("on_one_line("), "{path} shows nothing of what it writes");
    }
}

/// Files that a person names are read by one module, which has a bound for each.
#[test]
fn one_module_of_the_command_line_opens_files() {
    let ways = ["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions::new(", "thread::spawn("];
    let ours = |path: &str| path.starts_with("src/") && path != "src/reading.rs";
    let mut wrong = Vec::new();
    for (path, text) in sources_without_tests().into_iter().filter(|(path, _)| ours(path)) {
        wrong.extend(ways.iter().filter(|way| mentions(&text, way)).map(|way| format!("{path} has `{way}`")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The command line knows packs. Jira's is one module, and the program's door gives it to the rest.
#[test]
fn one_module_of_the_command_line_knows_jira() {
    let ours = |path: &str| path.starts_with("src/") && path != "src/jira.rs" && !path.starts_with("src/jira/");
    let knows =
        |text: &str| ["flowrun_jira", "flowrun_access_token", "flowrun_http"].iter().any(|name| text.contains(name));
    let wrong = sources_without_tests().into_iter().filter(|(path, text)| ours(path) && knows(text));
    assert_eq!(wrong.map(|(path, _)| path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_engine_knows_no_jira_and_no_http() {
    let tree = Tree::read();
    let reached = tree.reached_from("flowrun-engine");
    let banned = ["axum", "hyper", "oauth2", "reqwest"].map(String::from);
    let wrong = reached.iter().filter(|name| banned.contains(name) || name.starts_with("flowrun"));
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Whoever embeds the engine can show diagnostics without the command line, its terminal and its settings.
#[test]
fn diagnostics_are_shown_by_the_engine_and_one_library() {
    let tree = Tree::read();
    let needs: Vec<&str> = tree.0["flowrun-diagnostics"].iter().map(String::as_str).collect();
    assert_eq!(needs, ["annotate-snippets", "flowrun-engine"]);
}

#[test]
fn activities_depend_on_access_tokens_and_these_on_no_activity() {
    let tree = Tree::read();
    assert_eq!(tree.ours_of("flowrun-jira"), ["flowrun-access-token", "flowrun-engine", "flowrun-http"]);
    assert_eq!(tree.ours_of("flowrun-access-token"), ["flowrun-engine", "flowrun-http"]);
    assert_eq!(tree.ours_of("flowrun-http"), ["flowrun-engine"]);
}

#[test]
fn the_sandbox_knows_neither_the_engine_nor_the_client() {
    let tree = Tree::read();
    assert_eq!(tree.ours_of("flowrun-jira-sandbox"), Vec::<&str>::new());
    assert!(!tree.reached_from("flowrun-jira-sandbox").contains("reqwest"));
}

#[test]
fn a_library_is_known_by_one_module() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (library, modules) in KNOWN_BY_ONE_MODULE {
            if mentions(&text, library) && !modules.iter().any(|module| path.starts_with(module)) {
                wrong.push(format!("`{library}` is mentioned in {path}, and belongs to {}", modules.join(" and ")));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A client that is begun elsewhere has no algorithms for TLS, and panics; algorithms for the whole process are its owner's to choose.
#[test]
fn http_clients_begin_in_one_module_and_nothing_is_installed_for_the_process() {
    let wrong = sources().into_iter().filter(|(path, text)| {
        let begins = ["Client::builder(", "Client::new(", "reqwest::get("].iter().any(|call| mentions(text, call));
        text.contains("install_default") || begins && path != "activities/http/src/tls.rs"
    });
    assert_eq!(wrong.map(|(path, _)| path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    assert_eq!(silent.map(|(path, _)| path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn modules_are_named_after_themselves() {
    let unnamed = sources().into_iter().map(|(path, _)| path).filter(|path| path.ends_with("mod.rs"));
    assert_eq!(unnamed.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Modules of a package depend on each other in one direction: of what remains when all that depend on nothing are taken away, again and
/// again, each is in a circle or leads to one.
#[test]
fn modules_point_one_way() {
    for package in PACKAGES {
        let mut open = dependencies_of_modules(package);
        assert!(open.len() > 4, "the modules of {package} have moved");
        while let Some(done) = open.iter().find(|(_, needs)| needs.is_empty()).map(|(name, _)| name.clone()) {
            open.remove(&done);
            open.values_mut().for_each(|needs| needs.retain(|need| *need != done));
        }
        assert_eq!(open, BTreeMap::new(), "in {package}");
    }
}

/// The table of the sandbox's modules has them all, each below those that it names.
#[test]
fn the_map_of_the_sandbox_is_drawn_from_its_modules() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map is there");
    let rows = rows_of_modules(&map, "## The sandbox, module by module");
    let mut wrong = Vec::new();
    let modules = dependencies_of_modules("activities/jira-sandbox/src");
    for (module, needs) in &modules {
        let Some(own) = rows.get(module) else {
            wrong.push(format!("`{module}` has no row"));
            continue;
        };
        let below = needs.iter().filter(|need| rows.get(*need).is_none_or(|row| row > own));
        wrong.extend(below.map(|need| format!("`{module}` stands above `{need}`, which it names")));
    }
    wrong.extend(rows.keys().filter(|name| !modules.contains_key(*name)).map(|name| format!("there is no `{name}`")));
    assert_eq!(wrong, Vec::<String>::new());
}

/// The modules of a table of the map, and in which row each is.
fn rows_of_modules(map: &str, heading: &str) -> BTreeMap<String, usize> {
    let (_, section) = map.split_once(heading).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let firsts = section.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
    let names = firsts
        .enumerate()
        .flat_map(|(row, first)| first.split(',').map(move |name| (name.trim().trim_matches('`').to_owned(), row)));
    names.collect()
}

/// The modules right below a package's root, and which others each of them names.
fn dependencies_of_modules(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let root = fs::read_to_string(root().join(package).join("lib.rs")).unwrap_or_default();
    let homes = homes(&root);
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.contains("/tests")) {
        let Some(inner) = path.strip_prefix(&format!("{package}/")) else { continue };
        let module = inner.split(['/', '.']).next().unwrap_or_default();
        if !matches!(module, "lib" | "main") {
            modules.entry(module.to_owned()).or_default().extend(named_modules(&text));
        }
    }
    for needs in modules.values_mut() {
        *needs = needs.iter().map(|name| homes.get(name).unwrap_or(name).clone()).collect();
    }
    let known: BTreeSet<String> = modules.keys().cloned().collect();
    for (name, needs) in &mut modules {
        needs.retain(|need| need != name && known.contains(need));
    }
    modules
}

/// In which module the items are that a package's root gives others: `pub use tls::on_this_machine` is at home in `tls`.
fn homes(root: &str) -> BTreeMap<String, String> {
    let uses = root.split("use ").skip(1).filter_map(|rest| rest.split(';').next());
    let items = uses.filter_map(|path| path.trim_start_matches("self::").split_once("::"));
    items
        .flat_map(|(module, items)| {
            let names = if items.starts_with('{') { in_group(items) } else { vec![first_word(items)] };
            names.into_iter().map(|name| (name, module.to_owned()))
        })
        .collect()
}

/// The modules and items that a text names from the root of its package, outside of comments and of tests at its end.
fn named_modules(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = before_tests(text).lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| if rest.starts_with('{') { in_group(rest) } else { vec![first_word(rest)] })
        .collect()
}

/// The modules of `{ one, other::{…}, … }`, each by its first word.
fn in_group(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut begins) = (0, Vec::new(), false);
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if begins && depth == 1 && char.is_alphabetic() => names.push(first_word(&text[at..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        begins = depth == 1 && (matches!(char, '{' | ',') || begins && char.is_whitespace());
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect()
}

/// The packages of the dependency tree and what they depend on to run; what only tests need is left out.
struct Tree(BTreeMap<String, BTreeSet<String>>);

impl Tree {
    fn read() -> Self {
        // What only other platforms need may not have been downloaded.
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &platform()])
            .current_dir(root())
            .output()
            .expect("cargo runs the tests, so it is there");
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
        let nodes = metadata["resolve"]["nodes"].as_array().expect("a list of nodes");
        Self(nodes.iter().map(|node| (name(&node["id"]), dependencies(node))).collect())
    }

    /// Those of our own packages that `package` depends on itself.
    fn ours_of(&self, package: &str) -> Vec<&str> {
        self.0[package].iter().map(String::as_str).filter(|name| name.starts_with("flowrun")).collect()
    }

    fn reached_from(&self, package: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = vec![package];
        while let Some(name) = open.pop() {
            open.extend(self.0[name].iter().filter(|next| reached.insert((*next).clone())).map(String::as_str));
        }
        reached
    }
}

/// The platform that this was built on: `x86_64-unknown-linux-gnu`.
fn platform() -> String {
    let told = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo runs the tests, so it is there");
    let told = String::from_utf8(told.stdout).expect("cargo writes text");
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo names its platform").to_owned()
}

fn dependencies(node: &Value) -> BTreeSet<String> {
    let all = node["deps"].as_array().expect("a list of dependencies").iter();
    let needed_to_run = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array().expect("a list of kinds");
        kinds.iter().any(|kind| kind["kind"].is_null())
    };
    all.filter(needed_to_run).map(|dependency| name(&dependency["pkg"])).collect()
}

/// The package's name in an id: `registry+https://…#serde@1.0.228`, `path+file:///…/engine#flowrun-engine@0.1.0`, `path+file:///…/flowrun#0.1.0`.
fn name(id: &Value) -> String {
    let (place, package) = id.as_str().and_then(|id| id.rsplit_once('#')).expect("an id has a `#`");
    match package.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None if place.ends_with(env!("CARGO_MANIFEST_DIR")) => env!("CARGO_PKG_NAME").to_owned(),
        None => place.rsplit('/').next().unwrap_or(place).to_owned(),
    }
}

/// Whether `text` names `library`, and not one that ends like it.
fn mentions(text: &str, library: &str) -> bool {
    let begins_word = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    text.match_indices(library).any(|(at, _)| begins_word(at) && !text[..at].ends_with("self::"))
}

/// All sources of all packages, tests inside them included: path from the root, and text.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for folder in PACKAGES {
        collect(&root().join(folder), &mut sources);
    }
    assert!(sources.len() > 20, "the folders have moved");
    sources
}

/// The same without tests: neither modules of tests in files of their own nor those at the end of others.
fn sources_without_tests() -> Vec<(String, String)> {
    let sources = sources();
    let tests: BTreeSet<String> = sources.iter().flat_map(|(path, text)| modules_of_tests(path, text)).collect();
    let without = sources.into_iter().filter(|(path, _)| !tests.contains(path));
    without.map(|(path, text)| (path, before_tests(&text).to_owned())).collect()
}

/// A text without the tests at its end.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// The files of the modules that a module declares for tests alone.
fn modules_of_tests<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = String> + 'a {
    let folder = path.trim_end_matches("/lib.rs").trim_end_matches("/main.rs").trim_end_matches(".rs");
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let line = rest.lines().next()?.strip_suffix(';')?;
        line.split_once("mod ").map(|(_, name)| name)
    });
    declared.map(move |name| format!("{folder}/{name}.rs"))
}

fn collect(folder: &Path, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            sources.push((name, fs::read_to_string(&path).expect("a text")));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
