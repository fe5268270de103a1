//! Skill directories that cannot be packed, and all that is wrong with them at once.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::told;
use crate::support::sandbox::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox
}

#[test]
fn directories_that_are_no_skills() {
    let sandbox = sandbox();
    sandbox.write("empty/notes.txt", "");
    sandbox.write("file", "");
    assert_snapshot!(told(&sandbox, 1, &["pack", "missing"]), @"
    error: cannot read `missing`
      caused by: No such file or directory (os error 2)
    ");
    assert_snapshot!(told(&sandbox, 1, &["pack", "file"]), @"error: `file` is not a directory");
    assert_snapshot!(told(&sandbox, 1, &["pack", "empty"]), @"error: empty/SKILL.md:1:1: the directory has no `SKILL.md`, which every skill needs");
    assert_snapshot!(told(&sandbox, 1, &["validate", "missing", "empty"]), @"
    missing:1:1: cannot read `missing`: No such file or directory (os error 2)
    empty/SKILL.md:1:1: the directory has no `SKILL.md`, which every skill needs
    ");
}

#[test]
fn a_card_with_several_errors() {
    let sandbox = sandbox();
    let card = "apiVersion: skillimage.io/v1alpha1\nkind: SkillCard\nmetadata:\n  name: Hello\n  namespace: examples\n  version: 1.0\n  descripton: Says hello.\n";
    sandbox.write("hello/skill.yaml", card);
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: hello/skill.yaml:3:1: metadata.description: missing: what the skill does and when to use it, at least one character
      metadata:
      ^
    hello/skill.yaml:4:9: metadata.name: `Hello` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them
        name: Hello
              ^
    hello/skill.yaml:6:12: metadata.version: `1.0` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`; write `1.0.0`
        version: 1.0
                 ^
    hello/skill.yaml:7:3: metadata.descripton: unknown key `descripton`; did you mean `description`?
        descripton: Says hello.
        ^
    hello/skill.yaml:4:9: metadata.name: the card says `Hello` and SKILL.md says `hello`; both must be the same
        name: Hello
              ^
    ");
    assert_eq!(
        told(&sandbox, 1, &["validate", "hello"]).lines().count(),
        told(&sandbox, 1, &["pack", "hello"]).lines().count()
    );
}

#[test]
fn a_card_that_is_no_yaml() {
    let sandbox = sandbox();
    sandbox.write("hello/skill.yaml", "apiVersion: skillimage.io/v1alpha1\nmetadata:\n  name: \"hello\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"error: hello/skill.yaml:4:1: not YAML: invalid indentation in multiline quoted scalar");
    sandbox.write("hello/skill.yaml", "metadata:\n  name: hello\n  name: again\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: hello/skill.yaml:3:3: the key `name` stands here twice
        name: again
        ^
    ");
}

#[test]
fn a_skill_md_without_what_it_needs() {
    let sandbox = sandbox();
    sandbox.write("hello/SKILL.md", "# Hello\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: hello/SKILL.md:1:1: the file must begin with a front matter: `---`, `name: …`, `description: …`, `---`, each on its line
      # Hello
      ^
    ");
    sandbox.write("hello/SKILL.md", "---\nname: hello\n---\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: hello/SKILL.md:2:1: description: the field `description` is missing
      name: hello
      ^
    ");
    sandbox.write("hello/SKILL.md", "---\nname: other\ndescription: Says hello.\n---\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: hello/skill.yaml:4:9: metadata.name: the card says `hello` and SKILL.md says `other`; both must be the same
        name: hello
              ^
    hello/SKILL.md:2:7: warning: name: the directory is named `hello`; the specification wants `other` for it
      name: other
            ^
    ");
}

#[test]
fn a_namespace_that_nobody_names() {
    let sandbox = Sandbox::new();
    sandbox.write("plain/SKILL.md", "---\nname: plain\ndescription: Plain.\n---\nDo it.\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "plain"]), @"
    error: plain/SKILL.md:2:1: metadata.namespace: the namespace is unknown: give `--namespace`, write `namespace` under `metadata`, or add a git remote whose owner can be one
      name: plain
      ^
    ");
}

#[test]
fn entries_that_cannot_be_in_a_skill() {
    let sandbox = sandbox();
    let link = sandbox.path("hello/link");
    symlink("/etc/passwd", &link).unwrap();
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"error: `[DIR]/hello/link` is a symbolic link that leaves the skill; put the file itself there");
    fs::remove_file(&link).unwrap();
    symlink("missing", &link).unwrap();
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"error: `[DIR]/hello/link` is a symbolic link that leads nowhere; remove it or leave it out");
    fs::remove_file(&link).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(sandbox.path("hello/pipe")).status().unwrap();
    assert!(pipe.success());
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"error: `[DIR]/hello/pipe` is a device, socket or FIFO; leave it out of the skill");
}

#[test]
fn names_that_cannot_be_in_a_skill() {
    let sandbox = sandbox();
    let refused = |name: &str| {
        let path = sandbox.write(&format!("hello/{name}"), "");
        let text = told(&sandbox, 1, &["pack", "hello"]);
        fs::remove_file(path).unwrap();
        text
    };
    assert_snapshot!(refused("back\\slash"), @r#"
    error: `hello` is refused
      caused by: path `back\slash` has a backslash; segments are separated by `/`
    "#);
    assert_snapshot!(refused("C:drive"), @"
    error: `hello` is refused
      caused by: path `C:drive` starts with a drive letter
    ");
    assert_snapshot!(refused("bell\u{7}"), @r#"
    error: `hello` is refused
      caused by: path `bell\u{7}` has a control character
    "#);
    assert_snapshot!(refused("skill.md"), @"
    error: `hello` is refused
      caused by: `SKILL.md` and `skill.md` differ only in case or Unicode form, which some file systems cannot tell apart
    ");
    assert_snapshot!(refused(&format!("{}x", "d/".repeat(33))), @"
    error: `hello` is refused
      caused by: path `d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d` is deeper than 32 levels
    ");
}

#[test]
fn patterns_that_are_none() {
    let sandbox = sandbox();
    sandbox.write("hello/.skillignore", "*.tmp\n[z-a]\n");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"
    error: `[DIR]/hello/.skillignore`, line 2: not a gitignore pattern
      caused by: error parsing glob '[z-a]': invalid range; 'z' > 'a'
    ");
}

#[test]
fn init_where_something_is_already() {
    let sandbox = sandbox();
    assert_snapshot!(told(&sandbox, 1, &["init", "hello"]), @"
    error: `hello/skill.yaml` already exists
    hint: it is a skill already: `skillctl validate` checks it
    ");
    assert_snapshot!(told(&sandbox, 1, &["init", "Not A Name"]), @"
    error: `Not A Name` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them
    hint: `--name NAME` gives a new skill another name than its directory's
    ");
    sandbox.write("plain/SKILL.md", "---\nname: plain\n---\n");
    assert_snapshot!(told(&sandbox, 1, &["init", "plain"]), @"
    error: plain/SKILL.md:2:1: description: the field `description` is missing
      name: plain
      ^
    ");
}

#[test]
fn one_of_many_is_wrong() {
    let sandbox = sandbox();
    sandbox.skill("wrong", "x");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello", "wrong", "missing"]), @"
    packed examples/hello:1.0.0-draft
    error: wrong/skill.yaml:6:12: metadata.version: `x` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`
        version: x
                 ^
    error: cannot read `missing`
      caused by: No such file or directory (os error 2)
    ");
}
