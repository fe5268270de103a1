//! Images that no honest tool makes: tars entry by entry, manifests field by field.

use std::io::Write;

use serde_json::{Value, json};
use skillctl::digest::Digest;

use super::registry::Registry;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A tar that grows entry by entry; nothing about it is checked.
#[derive(Clone, Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// The documents of the skill `name`, which may be no name at all.
    pub(crate) fn skill(name: &str) -> Self {
        let skill_md = format!("---\nname: {name}\ndescription: Says hello.\n---\n\nSay hello.\n");
        let quoted = Value::from(name);
        let card = format!(
            "apiVersion: skillimage.io/v1alpha1\nkind: SkillCard\nmetadata:\n  name: {quoted}\n  namespace: examples\n  version: 1.0.0\n  description: Says hello.\n"
        );
        Self::default().file("SKILL.md", skill_md).file("skill.yaml", card)
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry((b'0', name, ""), content.as_ref())
    }

    /// An entry of a type, with a name and the target of a link.
    pub(crate) fn entry(mut self, (kind, name, target): (u8, &str, &str), content: &[u8]) -> Self {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        let fields = header.as_ustar_mut().unwrap();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A skill image that is right, until something in it is changed.
pub(crate) struct HandMade {
    pub(crate) layers: Vec<Vec<u8>>,
    pub(crate) diff_ids: Vec<Digest>,
    pub(crate) annotations: Value,
}

impl HandMade {
    pub(crate) fn of(tar: Tar) -> Self {
        let bytes = tar.end();
        let annotations = json!({
            "io.skillimage.status": "draft",
            "org.opencontainers.image.title": "hello",
            "org.opencontainers.image.version": "1.0.0",
        });
        Self { layers: vec![gzip(&bytes)], diff_ids: vec![Digest::of(&bytes)], annotations }
    }

    /// Puts the blobs into a registry, and gives the manifest.
    pub(crate) fn manifest(&self, registry: &Registry, repository: &str) -> Value {
        let rootfs = json!({ "type": "layers", "diff_ids": self.diff_ids });
        let config = json!({ "architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs }).to_string();
        let descriptor = |media_type: &str, bytes: &[u8]| {
            let digest = registry.put_blob(repository, bytes.to_vec());
            json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
        };
        let layers: Vec<Value> = self.layers.iter().map(|layer| descriptor(LAYER, layer)).collect();
        json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, config.as_bytes()),
            "layers": layers,
            "annotations": self.annotations,
        })
    }

    /// Puts the image into a registry, as `tag`.
    pub(crate) fn put(&self, registry: &Registry, repository: &str, tag: &str) -> Digest {
        put(registry, (repository, tag), &self.manifest(registry, repository))
    }
}

/// Puts a manifest or an index, right or wrong, into a registry.
pub(crate) fn put(registry: &Registry, (repository, tag): (&str, &str), manifest: &Value) -> Digest {
    let media_type = manifest["mediaType"].as_str().unwrap();
    registry.put_manifest(repository, tag, (media_type, manifest.to_string()))
}

/// An index over manifests that are in a registry.
pub(crate) fn index_of(registry: &Registry, repository: &str, digests: &[Digest]) -> Value {
    let entry = |digest: &Digest| {
        let (media_type, bytes) = registry.manifest(repository, &digest.to_string()).unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    };
    let manifests: Vec<Value> = digests.iter().map(entry).collect();
    let annotations = json!({ "io.skillimage.status": "draft" });
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": annotations })
}
