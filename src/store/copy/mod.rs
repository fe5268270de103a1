//! Copies an image from one store to another: push, pull and mirror are this one function.
//!
//! Is it at the destination? Stop. Else blobs in parallel, manifests below an index next, the
//! manifest with its tag last, so that no tag ever names incomplete content. Layers with `urls`
//! are fetched from the source like all others; the addresses are never followed.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Error, Expect, NESTED_LIMIT, Store};
use crate::digest::Digest;
use crate::image::{self, Blob, Descriptor, INDEX_LIMIT, Manifest};
use crate::name::{Tag, Target};

/// How many blobs are on their way at once.
const PARALLEL: usize = 4;

/// The most layers of an image that is copied.
const LAYER_LIMIT: usize = 64;

/// How an image is copied.
#[derive(Clone, Default)]
pub struct CopyOptions {
    /// What the tag at the destination is. With [`Expect::Any`] the destination is asked first
    /// whether it has the image; with the others the caller has looked, and is not asked again.
    pub expect: Expect,
    /// The largest blob that is copied, in bytes; none is any.
    pub largest: Option<u64>,
    /// Told about every blob and manifest.
    pub progress: Option<Progress>,
}

/// A function that is told how a copy goes on, from any thread.
pub type Progress = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// What happened to one blob or manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// Its transfer begins.
    Started(&'a Descriptor),
    /// It was stored at the destination.
    Transferred(&'a Descriptor),
    /// It was at the destination before.
    AlreadyThere(&'a Descriptor),
}

/// What a copy did.
#[derive(Debug, Clone)]
pub struct Copied {
    /// The image.
    pub manifest: Manifest,
    /// Blobs and manifests that were stored at the destination, with their size in bytes. Empty
    /// when the destination had the image under its tag.
    pub transferred: Amount,
    /// Blobs and manifests that were found there.
    pub already_there: Amount,
}

/// A number of blobs and manifests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub count: usize,
    /// Their size in bytes.
    pub bytes: u64,
}

impl Copied {
    /// The descriptor of the image.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        self.manifest.descriptor()
    }

    fn add(&mut self, descriptor: &Descriptor, outcome: Outcome) {
        let amount = match outcome {
            Outcome::Transferred => &mut self.transferred,
            Outcome::AlreadyThere => &mut self.already_there,
        };
        amount.count += 1;
        amount.bytes = amount.bytes.saturating_add(descriptor.size);
    }
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions").field("expect", &self.expect).finish_non_exhaustive()
    }
}

/// Copies what `source` names in `from` to `to`, under `tag` or, without one, by its digest.
///
/// # Errors
/// As [`stage`] and [`Staged::finish`].
pub async fn copy(
    place: (&dyn Store, &Target),
    to: &dyn Store,
    tag: Option<&Tag>,
    options: &CopyOptions,
) -> Result<Copied, Error> {
    stage(place, to, tag, options).await?.finish().await
}

/// A copy of which everything has arrived but the manifest with its tag: it can be looked at in
/// the destination's store, and is forgotten there when it is dropped.
pub struct Staged<'a> {
    run: Run<'a>,
    tag: Option<&'a Tag>,
    copied: Copied,
    is_done: bool,
}

/// Copies everything below what `source` names in `from` to `to`, unless it is there already.
///
/// # Errors
/// [`Error::NotFound`] when there is no such image, [`Error::Manifest`] when it is beyond a limit;
/// and whatever the stores report.
pub async fn stage<'a>(
    (from, source): (&'a dyn Store, &Target),
    to: &'a dyn Store,
    tag: Option<&'a Tag>,
    options: &'a CopyOptions,
) -> Result<Staged<'a>, Error> {
    let not_found = || Error::NotFound { store: from.name(), target: source.clone() };
    let manifest = from.manifest(source).await?.ok_or_else(not_found)?;
    let run = Run { from, to, options };
    let is_done = run.is_done(&manifest, tag).await?;
    let mut copied = Copied { manifest, transferred: Amount::default(), already_there: Amount::default() };
    if !is_done {
        run.copy_below(&mut copied).await?;
    }
    Ok(Staged { run, tag, copied, is_done })
}

impl Staged<'_> {
    /// The image.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.copied.manifest
    }

    /// Gives the image its name.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the tag is not what the options expect; and whatever the
    /// destination reports.
    pub async fn finish(self) -> Result<Copied, Error> {
        let Self { run, tag, mut copied, is_done } = self;
        if is_done {
            let descriptor = copied.descriptor();
            run.tell(Event::AlreadyThere(&descriptor));
            copied.add(&descriptor, Outcome::AlreadyThere);
        } else {
            run.finish(&mut copied, tag).await?;
        }
        Ok(copied)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Transferred,
    AlreadyThere,
}

/// One copy under way.
struct Run<'a> {
    from: &'a dyn Store,
    to: &'a dyn Store,
    options: &'a CopyOptions,
}

/// What lies below a manifest.
#[derive(Default)]
struct Below {
    /// Configs and layers, each digest once.
    blobs: Vec<Descriptor>,
    /// The manifests of an index, each after those below it.
    manifests: Vec<Manifest>,
    /// Manifests that the destination has, with everything below them.
    there: Vec<Descriptor>,
    seen: BTreeSet<Digest>,
}

impl Run<'_> {
    async fn is_done(&self, manifest: &Manifest, tag: Option<&Tag>) -> Result<bool, Error> {
        let at_destination = match (tag, &self.options.expect) {
            (Some(tag), Expect::Any) => {
                let found = self.to.resolve(&Target::Tag(tag.clone())).await?;
                found.is_some_and(|found| found.digest == *manifest.digest())
            }
            (Some(_), Expect::Is(digest)) => digest == manifest.digest(),
            (Some(_), Expect::Absent) => false,
            (None, _) => self.to.exists(&manifest.descriptor()).await?,
        };
        Ok(at_destination && self.to.is_complete(manifest).await?)
    }

    async fn copy_below(&self, copied: &mut Copied) -> Result<(), Error> {
        let below = self.look_below(&copied.manifest).await?;
        let blobs = below.blobs.iter().map(|blob| self.copy_blob(blob)).collect::<Vec<_>>();
        let outcomes: Vec<_> = stream::iter(blobs).buffer_unordered(PARALLEL).try_collect().await?;
        for (descriptor, outcome) in outcomes {
            copied.add(descriptor, outcome);
        }
        for manifest in &below.manifests {
            copied.add(&manifest.descriptor(), self.push(&manifest.descriptor(), &manifest.blob()).await?);
        }
        for descriptor in &below.there {
            self.tell(Event::AlreadyThere(descriptor));
            copied.add(descriptor, Outcome::AlreadyThere);
        }
        Ok(())
    }

    /// Finds everything below `top`, without recursion: a hostile index must not use up the stack.
    async fn look_below(&self, top: &Manifest) -> Result<Below, Error> {
        let mut below = Below::default();
        let mut level = vec![top.clone()];
        for depth in 0.. {
            let mut next = Vec::new();
            for manifest in &level {
                self.look_into(manifest, &mut below, &mut next).await?;
            }
            if next.is_empty() {
                break;
            }
            if depth > NESTED_LIMIT {
                return Err(self.refused(top, format!("has indexes more than {NESTED_LIMIT} deep")));
            }
            below.manifests.extend(next.iter().cloned());
            if below.manifests.len() > INDEX_LIMIT {
                return Err(self.refused(top, format!("has more than {INDEX_LIMIT} manifests below it")));
            }
            level = next;
        }
        below.manifests.reverse();
        Ok(below)
    }

    async fn look_into(&self, manifest: &Manifest, below: &mut Below, next: &mut Vec<Manifest>) -> Result<(), Error> {
        let layers = manifest.fields().layers.as_ref().map_or(0, Vec::len);
        if layers > LAYER_LIMIT {
            return Err(self.refused(manifest, format!("has {layers} layers, at most {LAYER_LIMIT} are copied")));
        }
        for child in manifest.children() {
            if !below.seen.insert(child.digest.clone()) {
                continue;
            }
            if !manifest.is_index() {
                self.check_size(manifest, child)?;
                below.blobs.push(child.clone());
                continue;
            }
            let manifest = self.child_manifest(child).await?;
            if self.to.exists(child).await? && self.to.is_complete(&manifest).await? {
                below.there.push(child.clone());
            } else {
                next.push(manifest);
            }
        }
        Ok(())
    }

    fn check_size(&self, manifest: &Manifest, blob: &Descriptor) -> Result<(), Error> {
        match self.options.largest {
            Some(largest) if blob.size > largest => {
                let Descriptor { digest, size, .. } = blob;
                let rule = format!("names `{digest}` of {size} bytes, at most {largest} are copied");
                Err(self.refused(manifest, rule))
            }
            _ => Ok(()),
        }
    }

    /// A manifest that an index names, with the size that the index says.
    async fn child_manifest(&self, child: &Descriptor) -> Result<Manifest, Error> {
        let digest = &child.digest;
        let store = || self.from.name();
        let found = self.from.manifest(&Target::Digest(digest.clone())).await?;
        let manifest = found.ok_or_else(|| Error::Missing { store: store(), digest: digest.clone() })?;
        let size = manifest.bytes().len() as u64;
        child.check_size(size).map_err(|source| Error::Unverified { store: store(), source })?;
        Ok(manifest)
    }

    async fn copy_blob<'d>(&self, blob: &'d Descriptor) -> Result<(&'d Descriptor, Outcome), Error> {
        if blob.size > self.to.probe_above() && self.to.exists(blob).await? {
            self.tell(Event::AlreadyThere(blob));
            return Ok((blob, Outcome::AlreadyThere));
        }
        self.tell(Event::Started(blob));
        let content = self.from.fetch(blob).await?;
        self.to.push(blob, &content).await?;
        self.tell(Event::Transferred(blob));
        Ok((blob, Outcome::Transferred))
    }

    async fn push(&self, descriptor: &Descriptor, blob: &Blob) -> Result<Outcome, Error> {
        self.tell(Event::Started(descriptor));
        self.to.push(descriptor, blob).await?;
        self.tell(Event::Transferred(descriptor));
        Ok(Outcome::Transferred)
    }

    async fn finish(&self, copied: &mut Copied, tag: Option<&Tag>) -> Result<(), Error> {
        let descriptor = copied.descriptor();
        self.tell(Event::Started(&descriptor));
        match tag {
            Some(tag) => self.to.tag(&copied.manifest, tag, &self.options.expect, &[]).await?,
            None => self.to.keep(&copied.manifest).await?,
        }
        self.tell(Event::Transferred(&descriptor));
        copied.add(&descriptor, Outcome::Transferred);
        Ok(())
    }

    fn tell(&self, event: Event<'_>) {
        if let Some(progress) = &self.options.progress {
            progress(event);
        }
    }

    fn refused(&self, manifest: &Manifest, rule: String) -> Error {
        let source = image::Error::Rule { digest: manifest.digest().clone(), rule };
        Error::Manifest { store: self.from.name(), source }
    }
}
