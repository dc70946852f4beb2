//! What has no end, or more than is meant, is refused with its bound, wherever a person can name it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    thread,
};

use crate::{
    environment::{Environment, Output},
    running::INTAKE,
};

/// Each way to name a file × a device that never ends.
#[test]
fn an_endless_file_is_refused_with_its_bound() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let run = ["run", "intake.yaml", "--sandbox"];
    let secret = ["token", "add", "acme", "--no-input", "--consumer-key", "x", "--paste", "--secret-file"];
    let bundle = ["token", "test", "acme", "--ca-bundle"];
    let given = |arguments: &[&str]| environment.run(&[arguments, &["/dev/zero"]].concat());
    let refused = [
        (given(&["validate"]), "the file is larger than 8 MiB"),
        (given(&["run", "--sandbox"]), "the file is larger than 8 MiB"),
        (given(&[&run[..], &["--inputs"]].concat()), "the file is larger than 8 MiB"),
        (environment.run(&[&run[..], &["-i", "summary=@/dev/zero"]].concat()), "it is longer than 8 MiB"),
        (given(&["runs", "list", "--config"]), "it is longer than 1 MiB"),
        (given(&["sandbox", "--seed"]), "the file is larger than 8 MiB"),
        (given(&["sandbox", "--faults"]), "the file is larger than 8 MiB"),
        (given(&secret), "it is longer than 64 KiB"),
        (given(&bundle), "it is longer than 8 MiB"),
    ];
    for (number, (output, bound)) in refused.iter().enumerate() {
        assert!(output.code > 1, "{number}: {output}");
        assert!(output.to_string().contains(bound), "{number}: {output}");
    }
}

/// An answer of a sandbox that is none.
#[test]
fn an_endless_answer_is_refused_with_its_bound() {
    let environment = Environment::new();
    environment.write("intake.yaml", INTAKE);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("--sandbox=http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let asked = client.read(&mut [0; 4096]);
            let mut written =
                asked.and_then(|_| client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n["));
            while written.is_ok() {
                written = client.write_all(&[b' '; 64 * 1024]);
            }
        }
    });
    for arguments in [&["run", "intake.yaml", &url, "-i", "summary=x"][..], &["token", "add", "acme", &url]] {
        let refused = environment.run(arguments);
        assert_eq!(refused.code, 9, "{refused}");
        assert!(refused.stderr.contains("the answer is longer than 4 MiB"), "{refused}");
    }
}

#[test]
fn a_secret_in_a_file_that_others_may_read_is_refused() {
    let environment = Environment::new();
    let path = environment.write("secret", "s3cr3t-canary\n");
    let add = ["token", "add", "acme", "--no-input", "--paste", "--consumer-key", "x", "--secret-file", "secret"];
    for mode in [0o644, 0o640, 0o604, 0o622] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = environment.run(&add);
        assert_eq!(refused.code, 2, "{mode:o}: {refused}");
        assert!(
            refused.stderr.contains(&format!("open to other users of this machine (mode {mode:04o})")),
            "{refused}"
        );
        assert!(refused.stderr.contains("chmod 600 secret"), "{refused}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let taken = environment.run(&add);
    assert!(!taken.stderr.contains("open to other users"), "{taken}");

    // What a shell's pipe holds only its two ends have.
    let script = "\"$0\" \"$@\" <secret";
    let piped = ["token", "add", "acme", "--no-input", "--paste", "--consumer-key", "x", "--secret-file", "-"];
    let piped = Output::of(&mut environment.command_by(&["/bin/sh", "-c", script], &piped));
    assert!(!piped.stderr.contains("secret"), "{piped}");
}
