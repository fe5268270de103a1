//! Images that are refused when they are unpacked: each message names the image, the entry and the rule.

use insta::assert_snapshot;
use skillctl::digest::Digest;

use super::{draft, registry, told};
use crate::support::image::{HandMade, Tar, gzip};
use crate::support::sandbox::Sandbox;

/// What is said about the image when it is pulled into a directory.
fn pull(code: i32, image: &HandMade) -> String {
    let registry = registry();
    image.put(&registry, "org/hello", "1.0.0-draft");
    told(&Sandbox::new(), code, &["pull", &draft(&registry), "-o", "out"])
}

fn skill() -> Tar {
    Tar::skill("hello")
}

#[test]
fn layers_that_break_a_rule() {
    let pull = |tar| pull(1, &HandMade::of(tar));
    assert_snapshot!(pull(skill().file("../evil", "x")), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: path `../evil` has a `..` segment, which leaves the skill
    ");
    assert_snapshot!(pull(skill().entry((b'2', "link", "/etc/passwd"), b"")), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: archive entry `link` is a link; store the file itself
    ");
    assert_snapshot!(pull(skill().file("skill.md", "x")), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: `SKILL.md` and `skill.md` differ only in case or Unicode form, which some file systems cannot tell apart
    ");
    assert_snapshot!(pull(skill().file("zeros", vec![0; 4 << 20])), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: the archive unpacks to more than 200 times its size
    ");
    assert_snapshot!(pull(skill().file("bell\u{7}", "x")), @r#"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: path `bell\u{7}` has a control character
    "#);
}

#[test]
fn layers_that_are_not_what_the_manifest_says() {
    let mut image = HandMade::of(skill());
    image.diff_ids = vec![Digest::of(b"another")];
    assert_snapshot!(pull(3, &image), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: layer `sha256:…` unpacks to `sha256:…`, but the config says `sha256:…`
    ");
    image.layers = vec![gzip(b"text")];
    assert_snapshot!(pull(1, &image), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: the archive is truncated
    ");
    image.layers.push(gzip(b"more"));
    assert_snapshot!(pull(1, &image), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: image `sha256:…` has 2 layers; only images with one layer can be unpacked
    ");
}

#[test]
fn skills_without_a_usable_name() {
    assert_snapshot!(pull(1, &HandMade::of(Tar::skill("../evil"))), @"
    error: `HOST/org/hello:1.0.0-draft` is refused
      caused by: `../evil` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them
    ");
    assert_snapshot!(pull(1, &HandMade::of(Tar::default().file("README.md", "x"))), @"error: `HOST/org/hello@sha256:…` holds no skill: neither a `skill.yaml` nor a `SKILL.md` in it gives it a name");
}

#[test]
fn images_that_are_no_skills() {
    let registry = registry();
    let mut image = HandMade::of(skill());
    image.annotations = serde_json::json!({});
    image.put(&registry, "org/hello", "1.0.0-draft");
    assert_snapshot!(told(&Sandbox::new(), 1, &["promote", &draft(&registry), "--to", "testing"]), @"
    error: `HOST/org/hello@sha256:…` is not a skill image: it has no status annotation
    hint: only images that `skillctl pack` or a compatible tool made have a state
    ");
    image.annotations = serde_json::json!({ "io.skillimage.status": "gold" });
    image.put(&registry, "org/hello", "1.0.0-draft");
    assert_snapshot!(told(&Sandbox::new(), 1, &["promote", &draft(&registry), "--to", "testing"]), @"
    error: `HOST/org/hello@sha256:…` has a status that cannot be promoted
      caused by: `gold` is not a state: expected draft, testing, published, deprecated or archived
    ");
    image.annotations = serde_json::json!({ "io.skillimage.status": "draft" });
    image.put(&registry, "org/hello", "1.0.0-draft");
    assert_snapshot!(told(&Sandbox::new(), 1, &["promote", &draft(&registry), "--to", "testing"]), @"
    error: `HOST/org/hello@sha256:…` has no usable version annotation
      caused by: `` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`
    ");
    registry.put_manifest("org/hello", "1.0.0-draft", ("application/vnd.oci.image.manifest.v1+json", "{"));
    assert_snapshot!(told(&Sandbox::new(), 1, &["inspect", &draft(&registry)]), @"
    error: a manifest from `HOST/org/hello` is refused
      caused by: manifest `sha256:…` cannot be read
      caused by: EOF while parsing an object at line 1 column 1
    ");
}
