//! The media types of configs and layers.

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
    pub(super) const fn config(self) -> &'static str {
        match self {
            Self::Standard => "application/vnd.oci.image.config.v1+json",
            Self::Redhat => "application/vnd.redhat.agentskill.config.v1+json",
        }
    }

    pub(super) const fn layer(self) -> &'static str {
        match self {
            Self::Standard => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Redhat => "application/vnd.redhat.agentskill.layer.v1.tar+gzip",
        }
    }
}

/// Config types that say what the layer unpacks to; others may be anything.
pub(super) const CONFIGS: [&str; 3] =
    [MediaProfile::Standard.config(), MediaProfile::Redhat.config(), "application/vnd.docker.container.image.v1+json"];

/// Layer types that are read: ours, and what tools that convert images make of them.
pub(super) const LAYERS: [&str; 5] = [
    MediaProfile::Standard.layer(),
    "application/vnd.oci.image.layer.v1.tar",
    MediaProfile::Redhat.layer(),
    "application/vnd.redhat.agentskill.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
];
