//! Secrets stay where they are: in the sandbox's file of credentials, and in its own description.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    consent::{self, Person, add_command},
    environment::{Environment, Output},
    proxy::Proxy,
    running::INTAKE,
};

#[test]
fn no_secret_is_printed_logged_or_kept() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = ["run", "intake.yaml", "--sandbox", "-i", "summary=x", "-vv"];
    let outputs = [
        environment.run(&run),
        environment.run(&[&run[..], &["-o", "jsonl"]].concat()),
        environment.run(&[&run[..], &["--sandbox-scopes=read:jira-work"]].concat()),
        environment.run(&["runs", "show", "last", "--entries", "-vv"]),
        environment.run(&["runs", "show", "last", "--entries", "-o", "json"]),
        environment.run(&["runs", "list"]),
        environment.run(&["runs", "why", "last"]),
        environment.run(&["runs", "why", "last", "-o", "json"]),
        environment.run(&["runs", "watch", "last", "-o", "jsonl"]),
        environment.run(&["runs", "export", "--all"]),
        environment.run(&["runs", "prune", "--keep", "1", "--dry-run", "-o", "json"]),
        environment.run(&["state", "check"]),
        environment.run(&["state", "backup", "backup"]),
        environment.run(&["sandbox", "effects", "-o", "json"]),
    ];
    let credentials = environment.path(".local/state/flowrun/sandbox/credentials.json");
    let credentials =
        environment.files().into_iter().find(|path| path.ends_with("sandbox/credentials.json")).unwrap_or(credentials);
    let secrets = secrets(&fs::read_to_string(&credentials).unwrap());
    assert!(secrets.len() >= 6, "the sandbox has an API token and a bearer token for each of three users");
    for secret in &secrets {
        for output in &outputs {
            assert!(!output.to_string().contains(secret), "a secret was printed");
        }
        for path in environment.files().iter().filter(|path| **path != credentials) {
            let kept = fs::read(path).unwrap();
            assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
        }
    }
}

/// Neither what commands say, nor what a failure says, nor any file but the access token's own has one.
#[test]
fn no_secret_of_an_access_token_is_anywhere_but_in_its_own_file() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let mut led_to = String::new();
    let added = consent::paste(add_command(&environment, &sandbox, &["--paste", "-vv"]), |address| {
        led_to = Person::default().visit(address);
        led_to.clone()
    });
    assert_eq!(added.code, 0, "{added}");
    let own = environment.files().into_iter().find(|path| path.ends_with("acme.token")).unwrap();
    let mut kept = secrets(&fs::read_to_string(&own).unwrap());
    let mut outputs = vec![added];
    for arguments in [
        &["token", "list"][..],
        &["token", "show", "acme"],
        &["token", "test", "acme", "--project", "OPS"],
        &["token", "refresh", "acme"],
        &["doctor"],
        &["run", "intake.yaml", "--token", "acme", "-i", "summary=x"],
        &["runs", "show", "last", "--entries"],
        &["token", "add", "acme", "--no-input", "--callback", "http://localhost:1/x", "--paste"],
    ] {
        outputs.push(environment.run(&[arguments, &["-vv"]].concat()));
        outputs.push(environment.run(&[arguments, &["-vv", "-o", "json"]].concat()));
    }
    kept.extend(secrets(&fs::read_to_string(&own).unwrap()));
    let code = led_to.split(['=', '&']).find(|part| part.starts_with("sandbox-code-")).unwrap();
    kept.push(code.to_owned());
    // The app's key is not a secret.
    kept.retain(|text| !text.starts_with("sandbox-client-") || text.starts_with("sandbox-client-secret-"));
    assert!(kept.len() >= 6, "a bearer and a refresh token before and after, the app's secret, a code");
    drop(sandbox);
    assert_absent(&environment, &outputs, &kept, &own);
}

/// A sealed access token shows nothing, whether its passphrase is right or wrong, and where the store is damaged.
#[cfg(feature = "passphrase")]
#[test]
fn neither_a_passphrase_nor_what_it_seals_is_anywhere() {
    const PASSPHRASE: &str = "canary horse battery staple";
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let sandbox = environment.serve_sandbox();
    let user = &sandbox.description["users"][0];
    let api_token = user["api_token"].as_str().unwrap();
    let run = |passphrase: &str, arguments: &[&str]| {
        let mut command = environment.command(&[arguments, &["-vv"]].concat());
        command.env("FLOWRUN_PASSPHRASE", passphrase).env("FLOWRUN_API_TOKEN", api_token);
        Output::of(command.env("RUST_BACKTRACE", "full"))
    };
    let overwritten = |arguments: &[&str]| {
        let db = environment.files().into_iter().find(|path| path.ends_with("runs/db")).unwrap();
        fs::write(&db, vec![0xff; fs::metadata(&db).unwrap().len() as usize]).unwrap();
        run(PASSPHRASE, arguments)
    };
    let url = format!("--sandbox={}", sandbox.url());
    let kind = ["--kind", "api-token", "--email", "admin@example.com", "--keep", "passphrase"];
    let outputs = [
        run(PASSPHRASE, &[&["token", "add", "acme", &url], &kind[..]].concat()),
        run(PASSPHRASE, &["token", "show", "acme", "-o", "json"]),
        run(PASSPHRASE, &["run", "intake.yaml", "--token", "acme", "-i", "summary=x", "-o", "jsonl"]),
        run(PASSPHRASE, &["runs", "show", "last", "--entries", "-o", "json"]),
        run("canary wrong", &["token", "test", "acme"]),
        run("canary wrong", &["run", "intake.yaml", "--token", "acme", "-i", "summary=x"]),
        overwritten(&["run", "intake.yaml", "--token", "acme", "-i", "summary=x"]),
    ];
    let codes: Vec<_> = outputs.iter().map(|output| output.code).collect();
    assert_eq!(codes, [0, 0, 0, 0, 4, 4, 8], "{}", outputs.map(|output| output.to_string()).join("\n"));
    let secrets = [PASSPHRASE, "canary wrong", api_token].map(str::to_owned);
    assert_absent(&environment, &outputs, &secrets, Path::new(""));
}

/// A site, or something before it, that repeats what it was sent: in its words, fields and addresses, in each form.
#[test]
fn no_secret_that_the_other_side_repeats_is_anywhere() {
    let environment = Environment::new();
    // What is refused or lost here is so each time.
    let once = INTAKE.replacen("nodes:", "defaults: { retry: { attempts: 1 } }\nnodes:", 1);
    environment.write("intake.yaml", &once);
    let sandbox = environment.serve_sandbox();
    let user = &sandbox.description["users"][0];
    let api_token = user["api_token"].as_str().unwrap();
    let forms = forms(api_token);
    let messages: Vec<_> = forms.iter().map(|form| format!("not {form}")).collect();
    let fields: serde_json::Map<_, _> = forms.iter().map(|form| (form.clone(), form.clone().into())).collect();
    let bodies = [
        (400, serde_json::json!({ "errorMessages": messages, "errors": fields }).to_string()),
        (403, format!("<html><body>{}</body></html>", forms.join(" and "))),
        (302, String::new()),
        (201, serde_json::json!({ "id": api_token, "key": api_token, "self": forms }).to_string()),
    ];
    let kind = ["--kind", "api-token", "--email", "admin@example.com", "--keep", "file"];
    let mut outputs = Vec::new();
    for (number, (status, body)) in bodies.into_iter().enumerate() {
        let answer = format!(
            "HTTP/1.1 {status} x\r\nlocation: https://example.com/{}\r\ncontent-length: {}\r\n\r\n{body}",
            forms[1],
            body.len()
        );
        let proxy = Proxy::answering(sandbox.url(), "POST /rest/api/3/issue", answer);
        let name = format!("acme{number}");
        let url = format!("--sandbox={}", proxy.url);
        let run = |arguments: &[&str]| {
            let mut command = environment.command(&[arguments, &["-vv"]].concat());
            Output::of(command.env("FLOWRUN_API_TOKEN", api_token))
        };
        let added = run(&[&["token", "add", &name, &url], &kind[..]].concat());
        assert_eq!(added.code, 0, "{added}");
        outputs.push(added);
        for format in ["text", "json", "jsonl"] {
            outputs.push(run(&["run", "intake.yaml", "--token", &name, "-i", "summary=x", "-o", format]));
            outputs.push(run(&["runs", "show", "last", "--entries"]));
        }
    }
    assert!(outputs.iter().filter(|output| output.to_string().contains('…')).count() > 4, "{}", outputs[1]);
    let is_own = |path: &Path| path.extension().is_some_and(|end| end == "token");
    for own in environment.files().into_iter().filter(|path| is_own(path)) {
        fs::remove_file(own).unwrap();
    }
    assert_absent(&environment, &outputs, &[api_token.to_owned()], Path::new(""));
}

fn assert_absent(environment: &Environment, outputs: &[Output], secrets: &[String], own: &Path) {
    let is_of_sandbox = |path: &Path| path.components().any(|part| part.as_os_str() == "sandbox");
    let others: Vec<_> = environment.files().into_iter().filter(|path| path != own && !is_of_sandbox(path)).collect();
    let others: Vec<_> = others.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        assert!(outputs.iter().all(|output| !output.to_string().contains(&form)), "a secret was printed");
        for (kept, path) in &others {
            assert!(!kept.windows(form.len()).any(|window| window == form.as_bytes()), "{}", path.display());
        }
    }
}

/// A secret as it is, and as requests carry it.
fn forms(secret: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let basic = BASE64_STANDARD.encode(format!("admin@example.com:{secret}"));
    vec![secret.to_owned(), encoded, secret.replace(' ', "+"), basic, BASE64_STANDARD.encode(secret)]
}

/// Every text of the file that is a credential.
fn secrets(file: &str) -> Vec<String> {
    let texts = file.split('"').filter(|text| text.starts_with("sandbox-"));
    texts.map(str::to_owned).collect()
}
