//! `observatory user`, `audit` and `submission`: the first way in, and what the log says of it.

use crate::running::run;

fn told(arguments: &[&str], folder: &std::path::Path) -> (Option<i32>, String) {
    let output = run(arguments, folder);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_first_admin_comes_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let (code, link) = told(&["user", "add", "Ada@Example.org", "--roles", "admin"], here);
    assert_eq!(code, Some(0));
    let key = link.trim().rsplit_once("/en/sign-in/link?key=").expect("a link").1;
    assert_eq!(key.len(), 32, "{link}");
    assert_eq!(told(&["user", "add", "ada@example.org"], here).0, Some(1), "one account each");
    let (_, people) = told(&["user", "list"], here);
    assert!(people.starts_with("Ada@example.org\tadmin\t-\tenabled"), "{people}");

    // Somebody has to be able to give roles.
    assert_eq!(told(&["user", "role", "ada@example.org", "reader"], here).0, Some(1));
    assert_eq!(told(&["user", "disable", "ada@example.org"], here).0, Some(1));
    assert_eq!(told(&["user", "add", "b@example.org", "--roles", "editor,admin"], here).0, Some(0));
    assert_eq!(told(&["user", "role", "ada@example.org", "researcher"], here).0, Some(0));
    assert_eq!(told(&["user", "posting", "university.example", "trusted"], here).0, Some(0));
    assert_eq!(told(&["user", "posting", "nobody@example.org", "blocked"], here).0, Some(1));
    assert_eq!(told(&["user", "add", "c@example.org", "--roles", "owner"], here).0, Some(2));
}

#[test]
fn the_log_can_be_verified_and_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for mail in ["a@example.org", "b@example.org"] {
        assert_eq!(told(&["user", "add", mail], here).0, Some(0));
    }
    assert_eq!(told(&["user", "role", "a@example.org", "reviewer"], here).0, Some(0));
    let (code, verdict) = told(&["audit", "verify"], here);
    assert_eq!(code, Some(0));
    let hash = verdict.trim().strip_prefix("whole\t3\t").expect("three lines");
    let (_, lines) = told(&["audit", "export", "--after", "1"], here);
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let acts: Vec<&str> = lines.iter().filter_map(|line| line["act"].as_str()).collect();
    assert_eq!(acts, ["person.add", "person.roles"]);
    assert_eq!(lines.last().expect("a line")["hash"], hash);
    let (code, none) = told(&["submission", "list"], here);
    assert_eq!((code, none.as_str()), (Some(0), ""));
}
