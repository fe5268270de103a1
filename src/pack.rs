//! A skill's files into an image, and back: pure, without clock, network or tags.
//!
//! Writes one manifest with one layer, or an index of such manifests over the same layer. Reads the
//! single layer of an image in our own formats, strictly; images of several layers are other tools'.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::annotation::{Annotations, STATUS};
use crate::digest::Digest;
use crate::error::{Classify, Kind};
use crate::image::{Blob, Descriptor, Fields, INDEX, Image, MANIFEST, Manifest, Platform, go_json};
use crate::printable::Escaped;
use crate::skill::archive::{self, Mode};
use crate::skill::{Limits, SkillPath, Tree};

/// The largest config that is read, in bytes.
const CONFIG_LIMIT: u64 = 4 << 20;

/// What a deleted file's name begins with in a layer; such a file would vanish when it is mounted.
const WHITEOUT: &str = ".wh.";

/// Layer types that are read: ours, and what tools that convert images make of them.
const LAYERS: [&str; 5] = [
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.redhat.agentskill.layer.v1.tar+gzip",
    "application/vnd.redhat.agentskill.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
];

/// The media types of config and layer; everything else is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaProfile {
    /// Those of every container image.
    #[default]
    Standard,
    /// Those that mark agent skills at Red Hat.
    Redhat,
}

impl MediaProfile {
    fn config(self) -> &'static str {
        match self {
            Self::Standard => "application/vnd.oci.image.config.v1+json",
            Self::Redhat => "application/vnd.redhat.agentskill.config.v1+json",
        }
    }

    fn layer(self) -> &'static str {
        match self {
            Self::Standard => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Redhat => "application/vnd.redhat.agentskill.layer.v1.tar+gzip",
        }
    }
}

/// How an image is made.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// The media types.
    pub media: MediaProfile,
    /// The annotations, status included.
    pub annotations: Annotations,
    /// The entries of an index; none for a single manifest.
    pub platforms: Vec<Platform>,
    /// What readers of the layer accept; a layer beyond it is not written.
    pub limits: Limits,
}

/// Why a skill cannot be packed, or an image not be read as a skill.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The layer is refused, or a file cannot be read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A name that means a deletion in a layer.
    #[error("`{}` has a name that begins with `{WHITEOUT}`, which marks deleted files in image layers", Escaped(.0))]
    Whiteout(String),
    /// An index, which has no layer of its own.
    #[error("`{0}` is an index; one of its manifests can be unpacked")]
    Index(Digest),
    /// Not one layer.
    #[error("image `{digest}` has {count} layers; only images with one layer can be unpacked")]
    Layers {
        /// The manifest.
        digest: Digest,
        /// The number of its layers.
        count: usize,
    },
    /// A layer of a type that is not ours.
    #[error("layer `{digest}` has the media type `{}`, which cannot be unpacked", Escaped(.media_type))]
    LayerType {
        /// The layer.
        digest: Digest,
        /// Its type.
        media_type: String,
    },
    /// A layer larger than any skill.
    #[error("layer `{digest}` has {size} bytes; at most {limit} are read")]
    LayerSize {
        /// The layer.
        digest: Digest,
        /// Its size in bytes, as the manifest says.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The layer that the manifest names was not handed over.
    #[error("layer `{0}` is missing")]
    Missing(Digest),
    /// The config is not one.
    #[error("config `{digest}` cannot be read")]
    Config {
        /// The config.
        digest: Digest,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The config speaks of another layer.
    #[error("layer `{layer}` unpacks to `{actual}`, but the config says {}", listed(.expected))]
    DiffId {
        /// The layer.
        layer: Digest,
        /// What it unpacks to.
        actual: Digest,
        /// What the config says.
        expected: Vec<Digest>,
    },
}

fn listed(digests: &[Digest]) -> String {
    digests.iter().map(|digest| format!("`{digest}`")).collect::<Vec<_>>().join(", ")
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Archive(error) => error.kind(),
            Self::DiffId { .. } => Kind::Unverified,
            Self::Missing(_) => Kind::NotFound,
            _ => Kind::Invalid,
        }
    }
}

/// The configuration of an image as it is written, its keys in this order.
#[derive(Serialize)]
struct Configuration<'a> {
    #[serde(flatten)]
    platform: &'a Platform,
    config: BTreeMap<String, String>,
    rootfs: RootFs,
}

/// What is read of a configuration.
#[derive(Deserialize)]
struct Rooted {
    rootfs: Option<RootFs>,
}

#[derive(Serialize, Deserialize)]
struct RootFs {
    #[serde(rename = "type")]
    kind: String,
    diff_ids: Vec<Digest>,
}

fn config(platform: &Platform, diff_id: &Digest) -> Blob {
    let rootfs = RootFs { kind: "layers".to_owned(), diff_ids: vec![diff_id.clone()] };
    Blob::new(go_json(&Configuration { platform, config: BTreeMap::new(), rootfs }))
}

/// Makes the image of a skill. The same files and options give the same bytes.
///
/// # Errors
/// When a file cannot be read, changes meanwhile or has a name that no layer can hold, or when the
/// layer would be refused by its readers.
pub fn pack(tree: &Tree, options: &PackOptions) -> Result<Image, Error> {
    check_whiteouts(tree)?;
    let packed = archive::write(tree, &options.limits)?;
    let layer = Blob::verified(packed.digest, packed.content);
    if options.platforms.is_empty() {
        let config = config(&default_platform(), &packed.diff_id);
        let manifest = manifest(&config, &layer, options.media, options.annotations.clone());
        return Ok(Image { manifest, children: Vec::new(), blobs: vec![config, layer] });
    }
    let platforms = unique(&options.platforms);
    let configs: Vec<Blob> = platforms.iter().map(|platform| config(platform, &packed.diff_id)).collect();
    let mut annotations = options.annotations.clone();
    annotations.remove(STATUS);
    let child = |config| manifest(config, &layer, options.media, annotations.clone());
    let children: Vec<Manifest> = configs.iter().map(child).collect();
    let index = index(&children, &platforms, options.annotations.clone());
    Ok(Image { manifest: index, children, blobs: configs.into_iter().chain([layer]).collect() })
}

fn unique(platforms: &[Platform]) -> Vec<Platform> {
    let mut unique = Vec::with_capacity(platforms.len());
    for platform in platforms {
        if !unique.contains(platform) {
            unique.push(platform.clone());
        }
    }
    unique
}

fn default_platform() -> Platform {
    Platform { architecture: "amd64".to_owned(), os: "linux".to_owned(), variant: None }
}

fn manifest(config: &Blob, layer: &Blob, media: MediaProfile, annotations: Annotations) -> Manifest {
    Manifest::write(Fields {
        media_type: Some(MANIFEST.to_owned()),
        config: Some(config.descriptor(media.config())),
        layers: Some(vec![layer.descriptor(media.layer())]),
        annotations,
        ..Fields::default()
    })
}

fn index(children: &[Manifest], platforms: &[Platform], annotations: Annotations) -> Manifest {
    let entry = |(child, platform): (&Manifest, &Platform)| Descriptor {
        platform: Some(platform.clone()),
        ..child.descriptor()
    };
    Manifest::write(Fields {
        media_type: Some(INDEX.to_owned()),
        manifests: Some(children.iter().zip(platforms).map(entry).collect()),
        annotations,
        ..Fields::default()
    })
}

/// The layer of a skill image, judged before it is fetched.
///
/// # Errors
/// When the image does not have exactly one layer of a known type and within the limits.
pub fn layer<'a>(manifest: &'a Manifest, limits: &Limits) -> Result<&'a Descriptor, Error> {
    if manifest.is_index() {
        return Err(Error::Index(manifest.digest().clone()));
    }
    let layers = manifest.fields().layers.as_deref().unwrap_or_default();
    let [layer] = layers else {
        return Err(Error::Layers { digest: manifest.digest().clone(), count: layers.len() });
    };
    let Descriptor { media_type, digest, size, .. } = layer;
    if !LAYERS.contains(&media_type.as_str()) {
        return Err(Error::LayerType { digest: digest.clone(), media_type: media_type.clone() });
    }
    let limit = limits.tar_bytes();
    if *size > limit {
        return Err(Error::LayerSize { digest: digest.clone(), size: *size, limit });
    }
    Ok(layer)
}

/// The files of a skill image. `blobs` holds its layer, and maybe its config, which is then checked
/// too; both are verified already.
///
/// # Errors
/// As [`layer`], and when the layer is refused.
pub fn unpack(manifest: &Manifest, blobs: &[Blob], limits: &Limits) -> Result<Tree, Error> {
    let layer = layer(manifest, limits)?;
    let find = |digest: &Digest| blobs.iter().find(|blob| blob.digest() == digest);
    let blob = find(&layer.digest).ok_or_else(|| Error::Missing(layer.digest.clone()))?;
    let config = manifest.fields().config.as_ref().and_then(|config| find(&config.digest));
    let expected = config.map(diff_ids).transpose()?.flatten();
    let archive::Unpacked { tree, diff_id } = archive::read(blob.content(), limits, Mode::Strict)?;
    check_whiteouts(&tree)?;
    match expected {
        Some(expected) if expected != [diff_id.clone()] => {
            Err(Error::DiffId { layer: layer.digest.clone(), actual: diff_id, expected })
        }
        _ => Ok(tree),
    }
}

/// The digests of the layers' tars, where the config has them.
fn diff_ids(config: &Blob) -> Result<Option<Vec<Digest>>, Error> {
    let broken = |source| Error::Config { digest: config.digest().clone(), source };
    if config.size() > CONFIG_LIMIT {
        return Err(broken(format!("it is longer than {CONFIG_LIMIT} bytes").into()));
    }
    let bytes = config.to_bytes().map_err(|error| broken(error.into()))?;
    let parsed: Rooted = serde_json::from_slice(&bytes).map_err(|error| broken(error.into()))?;
    Ok(parsed.rootfs.map(|rootfs| rootfs.diff_ids))
}

fn check_whiteouts(tree: &Tree) -> Result<(), Error> {
    let is_whiteout = |path: &SkillPath| path.as_str().split('/').any(|segment| segment.starts_with(WHITEOUT));
    match tree.files().iter().find(|file| is_whiteout(&file.path)) {
        Some(file) => Err(Error::Whiteout(file.path.to_string())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
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
            config: Some(config.descriptor("c")),
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
}
