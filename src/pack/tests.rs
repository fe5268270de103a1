//! Images as bytes, and skills back from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::media::{CONFIGS, LAYERS};
use super::*;
use crate::digest::Digest;
use crate::fs::RealFs;
use crate::skill::dir::{self, Existing};
use crate::skill::{File, SkillPath};

fn tree(files: &[(&str, bool, &str)]) -> Tree {
    let file = |(path, executable, content): &(&str, bool, &str)| {
        let file = File::of_bytes(path.parse().unwrap(), (*content).to_owned().into());
        File { executable: *executable, ..file }
    };
    Tree::new(files.iter().map(file).collect()).unwrap()
}

fn sample() -> Tree {
    tree(&[("SKILL.md", false, "hello"), ("skill.yaml", false, "x"), ("scripts/run", true, "#!/bin/sh\n")])
}

fn annotations() -> Annotations {
    [(STATUS, "draft"), ("title", "a & b")].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn options() -> PackOptions {
    PackOptions { annotations: annotations(), ..PackOptions::default() }
}

fn summary(tree: &Tree) -> Vec<(SkillPath, bool, Bytes)> {
    tree.files().iter().map(|file| (file.path.clone(), file.executable, file.read(1 << 20).unwrap())).collect()
}

fn unpacked(image: &Image) -> Result<Tree, Error> {
    unpack(&image.manifest, &image.blobs, &Limits::default())
}

/// An image of `tar` as others might have made it, with `layers` layers of one type.
fn foreign(tar: Vec<u8>, media_type: &str, layers: usize, config: &str) -> Image {
    let (config, layer) = (Blob::new(config.to_owned().into()), Blob::new(tar.into()));
    let manifest = Manifest::write(Fields {
        config: Some(config.descriptor(CONFIGS[0])),
        layers: Some(vec![layer.descriptor(media_type); layers]),
        ..Fields::default()
    });
    Image { manifest, children: Vec::new(), blobs: vec![config, layer] }
}

fn sample_tar() -> Vec<u8> {
    archive::tar_of(&sample())
}

#[test]
fn an_image_is_a_manifest_a_config_and_a_layer() {
    let image = pack(&sample(), &options()).unwrap();
    let [config, layer] = image.blobs.as_slice() else { panic!("{image:?}") };
    let diff_id = Digest::of(&sample_tar());
    assert_eq!(
        std::str::from_utf8(&config.to_bytes().unwrap()).unwrap(),
        format!(
            r#"{{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#
        )
    );
    assert_eq!(
        std::str::from_utf8(image.manifest.bytes()).unwrap(),
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{}","size":{}}}],"annotations":{{"{STATUS}":"draft","title":"a \u0026 b"}}}}"#,
            config.digest(),
            config.size(),
            layer.digest(),
            layer.size()
        )
    );
}

#[test]
fn the_digest_is_pinned() {
    let image = pack(&sample(), &options()).unwrap();
    assert_eq!(
        image.manifest.digest().to_string(),
        "sha256:71a8cdfcdc06591985937f6c671d6ad5fa796e171321be0c4e83af84636fd651"
    );
}

#[test]
fn the_other_profile_changes_two_media_types_only() {
    let standard = pack(&sample(), &options()).unwrap();
    let redhat = pack(&sample(), &PackOptions { media: MediaProfile::Redhat, ..options() }).unwrap();
    let text = |image: &Image| String::from_utf8(image.manifest.bytes().to_vec()).unwrap();
    let expected = text(&standard)
        .replace("oci.image.config", "redhat.agentskill.config")
        .replace("oci.image.layer", "redhat.agentskill.layer");
    assert_eq!(text(&redhat), expected);
    assert_eq!(summary(&unpacked(&redhat).unwrap()), summary(&sample()));
}

#[test]
fn an_index_shares_the_layer_and_keeps_the_status_to_itself() {
    let platforms = ["linux/amd64", "linux/arm/v7", "linux/amd64"].map(|text| {
        let mut words = text.split('/').map(ToOwned::to_owned);
        let (os, architecture) = (words.next().unwrap(), words.next().unwrap());
        Platform { architecture, os, variant: words.next() }
    });
    let image = pack(&sample(), &PackOptions { platforms: platforms.to_vec(), ..options() }).unwrap();
    let entries = image.manifest.fields().manifests.clone().unwrap();
    let named: Vec<_> = entries.iter().map(|entry| entry.platform.clone().unwrap()).collect();
    assert_eq!(named, platforms[..2]);
    assert_eq!(image.manifest.annotations(), &annotations());
    assert_eq!((image.children.len(), image.blobs.len()), (2, 3));
    let single = pack(&sample(), &options()).unwrap();
    for (child, entry) in image.children.iter().zip(&entries) {
        assert_eq!(child.digest(), &entry.digest);
        assert_eq!(child.annotations(), &BTreeMap::from([("title".to_owned(), "a & b".to_owned())]));
        assert_eq!(child.fields().layers, single.manifest.fields().layers);
        assert_eq!(summary(&unpack(child, &image.blobs, &Limits::default()).unwrap()), summary(&sample()));
    }
    let config = String::from_utf8(image.blobs[1].to_bytes().unwrap().to_vec()).unwrap();
    assert!(config.starts_with(r#"{"architecture":"arm","os":"linux","variant":"v7","config":{}"#), "{config}");
    assert!(matches!(unpacked(&image), Err(Error::Index(_))));
}

#[test]
fn images_of_peers_are_read() {
    let gzip = pack(&sample(), &options()).unwrap().blobs[1].to_bytes().unwrap();
    for media_type in LAYERS {
        for (layer, config) in [(gzip.to_vec(), "{}"), (sample_tar(), r#"{"rootfs":null,"created":""}"#)] {
            let tree = unpacked(&foreign(layer, media_type, 1, config)).unwrap();
            assert_eq!(summary(&tree), summary(&sample()));
        }
    }
}

#[test]
fn images_that_are_not_ours_are_refused() {
    let oci = LAYERS[0];
    let other = Digest::of(b"other");
    let wrong = format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{other}"]}}}}"#);
    let two = format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{0}","{0}"]}}}}"#, Digest::of(&sample_tar()));
    let cases = [
        (foreign(sample_tar(), oci, 2, "{}"), "has 2 layers"),
        (foreign(sample_tar(), oci, 0, "{}"), "has 0 layers"),
        (foreign(sample_tar(), "application/vnd.oci.image.layer.v1.tar+zstd", 1, "{}"), "+zstd`, which cannot"),
        (foreign(sample_tar(), oci, 1, &wrong), "but the config says"),
        (foreign(sample_tar(), oci, 1, &two), "but the config says"),
        (foreign(sample_tar(), oci, 1, "["), "cannot be read"),
        (foreign(b"no tar".to_vec(), oci, 1, "{}"), "truncated"),
    ];
    for (image, message) in cases {
        let error = unpacked(&image).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let image = pack(&sample(), &options()).unwrap();
    assert!(matches!(unpack(&image.manifest, &[], &Limits::default()), Err(Error::Missing(_))));
}

#[test]
fn a_config_of_another_type_may_be_anything() {
    let mut image = foreign(sample_tar(), LAYERS[0], 1, "");
    let fields = image.manifest.fields().clone();
    let config = fields.config.map(|config| Descriptor { media_type: "x/y".into(), ..config });
    image.manifest = Manifest::write(Fields { config, ..fields });
    assert_eq!(summary(&unpacked(&image).unwrap()), summary(&sample()));
}

#[test]
fn whiteouts_are_refused_on_both_ways() {
    let deleted = tree(&[("a/.wh.b", false, "")]);
    assert!(matches!(pack(&deleted, &options()), Err(Error::Whiteout(path)) if path == "a/.wh.b"));
    let layer = archive::write(&deleted, &Limits::default()).unwrap().content.to_bytes().unwrap();
    assert!(matches!(unpacked(&foreign(layer.to_vec(), LAYERS[0], 1, "{}")), Err(Error::Whiteout(_))));
}

fn pack_dir(dir: &Path) -> Image {
    let listing = dir::read(Arc::new(RealFs), dir, &Limits::default()).unwrap();
    pack(&listing.tree, &options()).unwrap()
}

#[test]
fn a_directory_comes_back_less_what_is_left_out() {
    let place = tempfile::tempdir().unwrap();
    let (source, target) = (place.path().join("source"), place.path().join("target"));
    dir::write(&RealFs, &sample(), &source, Existing::Refuse).unwrap();
    fs::write(source.join(".env"), "secret").unwrap();
    fs::create_dir(source.join("empty")).unwrap();
    let image = pack_dir(&source);
    dir::write(&RealFs, &unpacked(&image).unwrap(), &target, Existing::Refuse).unwrap();
    let again = dir::read(Arc::new(RealFs), &target, &Limits::default()).unwrap();
    assert_eq!(summary(&again.tree), summary(&sample()));
    assert!(again.left_out.is_empty());
    assert_eq!(pack_dir(&target).manifest.digest(), image.manifest.digest());
}

#[test]
fn times_and_other_mode_bits_do_not_count() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("source");
    dir::write(&RealFs, &sample(), &source, Existing::Refuse).unwrap();
    let before = pack_dir(&source);
    for (name, mode) in [("SKILL.md", 0o600), ("scripts/run", 0o4711), ("scripts", 0o2700), ("", 0o700)] {
        fs::set_permissions(source.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
    fs::File::open(source.join("SKILL.md")).unwrap().set_modified(past).unwrap();
    assert_eq!(pack_dir(&source).manifest.digest(), before.manifest.digest());
}
