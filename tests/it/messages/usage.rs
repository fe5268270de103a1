//! Wrong usage, which ends with code 2 before anything is done.

use insta::assert_snapshot;

use super::told;
use crate::support::sandbox::Sandbox;

#[test]
fn the_help_of_the_program() {
    assert_snapshot!(Sandbox::new().ok(&["--help"]).stdout, @"
    Ship AI-agent skills as OCI images.

    A skill is a directory with a SKILL.md. skillctl validates it, packs it into an image, pushes and
    pulls it through any OCI registry, and promotes it draft → testing → published → deprecated →
    archived without touching its content.

    Usage: skillctl [OPTIONS] <COMMAND>

    Commands:
      init        Start a skill, or write the card of one that has a SKILL.md
      validate    Check skills: SKILL.md, skill.yaml, and that they agree
      pack        Pack skill directories into images in the local store [alias: build]
      list        List the images of the local store [alias: ls]
      inspect     Show what an image is: card, annotations, files, sizes, media types and digests
      tag         Give an image of the local store another name
      rm          Remove images from the local store, and the blobs that no other image uses [alias:
                  delete]
      prune       Free the blobs of the local store that no image uses, and what interrupted runs left
      push        Send an image from the local store to a registry
      pull        Fetch an image into the local store, and write the skill into a directory
      tags        List the tags of a repository, in a registry or, without a host, in the local store
      promote     Move a version to its next state: draft → testing → published → deprecated → archived
      completion  Print a completion script for a shell
      version     Print the version of skillctl and of the formats it writes

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --store <DIR>
              The local store, an OCI image layout [default: $`XDG_DATA_HOME/skillctl/store`]
              
              [env: SKILLCTL_STORE]

          --format <FORMAT>
              What is printed on stdout

              Possible values:
              - text: For people
              - json: One JSON document, for programs
              
              [default: text]

      -q, --quiet
              Say nothing on stderr but warnings and errors

    A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST]. Without a host it is local, and no network is
    asked.

    Start here: skillctl init my-skill && skillctl pack my-skill --namespace me && skillctl list
    ");
}

#[test]
fn no_command() {
    let help = told(&Sandbox::new(), 2, &[]);
    assert!(help.starts_with("Ship AI-agent skills as OCI images"), "{help}");
}

#[test]
fn commands_flags_and_values_that_do_not_exist() {
    let sandbox = Sandbox::new();
    assert_snapshot!(told(&sandbox, 2, &["publish", "hello"]), @"
    error: unrecognized subcommand 'publish'

      tip: a similar subcommand exists: 'pull'

    Usage: skillctl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack"]), @"
    error: the following required arguments were not provided:
      <DIR>...

    Usage: skillctl pack --store <DIR> <DIR>...

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pull", "a/b:1", "--ouput", "x"]), @"
    error: unexpected argument '--ouput' found

      tip: a similar argument exists: '--output'

    Usage: skillctl pull --output <DIR> <REF>

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pull", "a/b:1", "--force"]), @"
    error: the following required arguments were not provided:
      --output <DIR>

    Usage: skillctl pull --output <DIR> --force --store <DIR> <REF>

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["promote", "a/b:1", "--to", "released"]), @"
    error: invalid value 'released' for '--to <STATE>': `released` is not a state: expected draft, testing, published, deprecated or archived

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--platform", "linux"]), @"
    error: invalid value 'linux' for '--platform <OS/ARCH>': `linux` is not a platform: expected `OS/ARCH` or `OS/ARCH/VARIANT`, as in `linux/amd64`

    For more information, try '--help'.
    ");
}

#[test]
fn names_that_break_their_grammar() {
    let sandbox = Sandbox::new();
    assert_snapshot!(told(&sandbox, 2, &["pull", "Acme/Hello:1"]), @"
    error: invalid value 'Acme/Hello:1' for '<REF>': `Acme/Hello` is not a repository: a path is lower-case letters and digits, separated by `.`, `_`, `__`, hyphens or `/`, at most 255 characters

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pull", "acme/hello@sha256:123"]), @"
    error: invalid value 'acme/hello@sha256:…' for '<REF>': `sha256:…` is not a digest: expected `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["tag", "acme/hello:1", "acme/hello:two words"]), @"
    error: invalid value 'acme/hello:two words' for '<DST>': `two words` is not a tag: 1–128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["tags", "quay.io/acme/hello:1"]), @"
    error: invalid value 'quay.io/acme/hello:1' for '<REPOSITORY>': `quay.io/acme/hello:1` is not a repository: leave out the tag and the digest

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--namespace", "-acme"]), @"
    error: unexpected argument '-a' found

      tip: to pass '-a' as a value, use '-- -a'

    Usage: skillctl pack [OPTIONS] <DIR>...

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["init", "--name", "Hello World"]), @"
    error: invalid value 'Hello World' for '--name <NAME>': `Hello World` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them

    For more information, try '--help'.
    ");
}

#[test]
fn values_that_make_no_sense() {
    let sandbox = Sandbox::packed();
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--created", "yesterday"]), @"
    error: invalid value 'yesterday' for '--created <TIME>': expected RFC 3339, as in `2026-01-31T12:00:00Z`, or seconds since 1970

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--annotation", "team"]), @"
    error: invalid value 'team' for '--annotation <KEY=VALUE>': expected KEY=VALUE

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--annotation", "io.skillimage.status=published"]), @"
    error: invalid value 'io.skillimage.status=published' for '--annotation <KEY=VALUE>': `io.skillimage.status` is written by skillctl from the card and the state

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "--output", "quay.io/acme/hello"]), @"error: --output takes oci:DIR or oci-archive:FILE, not `quay.io/acme/hello`");
    assert_snapshot!(told(&sandbox, 2, &["tags", "127.0.0.1:1/a/b", "--creds", "user"]), @"error: --creds: credentials must be `USER:PASSWORD`");
    let sandbox = sandbox.env("SOURCE_DATE_EPOCH", "today");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello"]), @"error: SOURCE_DATE_EPOCH `today`: expected RFC 3339, as in `2026-01-31T12:00:00Z`, or seconds since 1970");
}

#[test]
fn destinations_that_are_missing_or_wrong() {
    let sandbox = Sandbox::packed();
    sandbox.skill("other", "1.0.0");
    sandbox.ok(&["pack", "hello", "other", "--output", "oci:two"]);
    assert_snapshot!(told(&sandbox, 2, &["push", "examples/hello:1.0.0-draft"]), @"error: `examples/hello:1.0.0-draft` names no registry; give a destination, as `skillctl push examples/hello:1.0.0-draft quay.io/org/hello`");
    assert_snapshot!(told(&sandbox, 2, &["push", "oci:two:examples/hello:1.0.0-draft"]), @"error: `oci:two:examples/hello:1.0.0-draft` names no registry; give a destination, as `skillctl push oci:two:examples/hello:1.0.0-draft quay.io/org/NAME`");
    assert_snapshot!(told(&sandbox, 2, &["inspect", "oci:two"]), @"error: `two` holds several images, name one of `examples/hello:1.0.0-draft`, `examples/other:1.0.0-draft`");
    assert_snapshot!(told(&sandbox, 2, &["inspect", "oci:none"]), @"error: `none` holds no image");
    assert_snapshot!(told(&sandbox, 2, &["pack", "hello", "other", "--output", "oci:three:1.0.0"]), @"error: `1.0.0` can name one image only; pack one skill, or leave the name out");
}

#[test]
fn a_question_that_nobody_answers() {
    assert_snapshot!(told(&Sandbox::packed(), 2, &["rm", "examples/hello:1.0.0-draft"]), @"
    remove examples/hello:1.0.0-draft? [y/N]
    error: nothing was removed; answer `y` or use --force
    ");
}
