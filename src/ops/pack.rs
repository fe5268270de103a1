//! `pack`: skill directories into images in a layout.
//!
//! Many skills are packed on all cores and committed in groups, so that a thousand of them cost a
//! few syncs of the disk. A skill that is refused stops no other.

use std::path::PathBuf;
use std::sync::Arc;

use futures::executor::block_on;
use serde::Serialize;

use super::Error;
use super::documents::Documents;
use crate::annotation::{self, Annotations, Facts};
use crate::card::{CARD_FILE, DeriveOptions, Diagnostic, Invalid, Mode, SkillCard};
use crate::digest::Digest;
use crate::fs::Fs;
use crate::image::{Image, Platform};
use crate::lifecycle::{self, State};
use crate::name::{Namespace, Reference, Repository, Target, Version};
use crate::pack::{self, MediaProfile};
use crate::parallel;
use crate::printable::ReportedPath;
use crate::skill::{self, Limits, SkillPath, dir};
use crate::store::layout::{Batch, Layout};
use crate::store::{Expect, Store};

/// Skills that are committed together.
pub const GROUP: usize = 64;

/// How skills are packed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The namespace of a skill without a card.
    pub namespace: Option<Namespace>,
    /// The media types.
    pub media: MediaProfile,
    /// Further annotations; none that [`annotation::is_reserved`].
    pub annotations: Annotations,
    /// The entries of an index; none for a single manifest.
    pub platforms: Vec<Platform>,
    /// Further names for the image.
    pub names: Vec<Reference>,
    /// What a skill may be at most.
    pub limits: Limits,
}

/// A directory, and what is known about it from outside.
#[derive(Debug, Clone)]
pub struct Source {
    /// The directory.
    pub dir: PathBuf,
    /// The time of creation, RFC 3339 in UTC.
    pub created: String,
    /// The owner in the URL of its git remote.
    pub owner: Option<String>,
}

/// A skill that was packed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Packed {
    /// The directory.
    pub path: ReportedPath,
    /// The image's name in the layout.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// What is not in the image, relative to the directory.
    pub left_out: Vec<String>,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// The state of this version that the layout knew before, where it was beyond draft.
    pub overtaken: Option<State>,
    /// Where it was pushed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
    /// The name, parsed.
    #[serde(skip)]
    pub name: Reference,
}

/// Packs the skills in `sources` into `layout`; one outcome for each, in their order.
///
/// # Errors
/// When a further name is one that only promotion gives. The outcomes: when a skill is invalid,
/// cannot be read or exceeds a limit, and what the layout fails with.
pub fn pack(
    fs: &Arc<dyn Fs>,
    layout: &Layout,
    sources: &[Source],
    options: &Options,
) -> Result<Vec<Result<Packed, Error>>, Error> {
    check_names(&options.names)?;
    let mut outcomes = Vec::with_capacity(sources.len());
    for group in sources.chunks(GROUP) {
        outcomes.extend(pack_group(fs, layout, group, options));
    }
    Ok(outcomes)
}

fn check_names(names: &[Reference]) -> Result<(), Error> {
    let released = names.iter().filter_map(Reference::tag).find(|tag| lifecycle::released_version(tag).is_some());
    match released {
        Some(tag) => Err(Error::NotReleased { tag: tag.clone(), state: State::Draft.to_string() }),
        None => Ok(()),
    }
}

fn pack_group(fs: &Arc<dyn Fs>, layout: &Layout, sources: &[Source], options: &Options) -> Vec<Result<Packed, Error>> {
    let batch = layout.batch();
    let built = parallel::map(sources, |source| {
        build(fs, &batch, source, options).map_err(|error| error.of(source.dir.display()))
    });
    let mut outcomes: Vec<_> = built.into_iter().map(|built| name_all(&batch, built?, options)).collect();
    let named = 1 + options.names.len();
    match batch.commit() {
        Ok(commits) => {
            let mut commits = commits.into_iter();
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
                // All of its own, so that the next skill does not get what is left of them.
                let own: Result<Vec<()>, _> = commits.by_ref().take(named).collect::<Vec<_>>().into_iter().collect();
                if let Err(error) = own {
                    *outcome = Err(error.into());
                }
            }
        }
        Err(error) => {
            // Nothing was committed: the first skill says why, the others that they are not there.
            let mut error = Some(error);
            for (outcome, source) in outcomes.iter_mut().zip(sources).filter(|(outcome, _)| outcome.is_ok()) {
                let too = || Error::NotCommitted { dir: source.dir.clone() };
                *outcome = Err(error.take().map_or_else(too, Error::from));
            }
        }
    }
    outcomes
}

/// An image whose blobs are pushed, and what is said about it.
struct Built {
    image: Image,
    repository: Repository,
    card: SkillCard,
    path: PathBuf,
    left_out: Vec<String>,
    warnings: Vec<Diagnostic>,
}

fn build(fs: &Arc<dyn Fs>, batch: &Batch, source: &Source, options: &Options) -> Result<Built, Error> {
    let dir::Listing { mut tree, left_out } = dir::read(Arc::clone(fs), &source.dir, &options.limits)?;
    let documents = Documents::of_tree(&**fs, &source.dir, &mut tree, &options.limits)?;
    let (card, warnings) = card(&documents, source, options)?;
    if !documents.has_card() {
        let path = SkillPath::parse(CARD_FILE, &options.limits)?;
        tree.insert(skill::File::of_bytes(path, card.to_yaml().into()))?;
    }
    let facts = Facts { state: State::Draft, created: source.created.clone(), words: documents.words() };
    let mut annotations = annotation::write(&card, &facts);
    annotations.extend(options.annotations.clone());
    let Options { media, platforms, limits, .. } = options.clone();
    let image = pack::pack(&tree, &pack::PackOptions { media, annotations, platforms, limits })?;
    let repository = Repository::of_skill(&card.namespace()?, &card.name()?);
    push(&batch.repository(&repository), &image)?;
    Ok(Built { image, repository, card, path: source.dir.clone(), left_out, warnings })
}

/// The card as written or derived, and what is worth a look.
fn card(documents: &Documents, source: &Source, options: &Options) -> Result<(SkillCard, Vec<Diagnostic>), Error> {
    let report = documents.validate(Mode::Default);
    if !report.is_valid() {
        return Err(Invalid(report).into());
    }
    let derive =
        || documents.derive(&DeriveOptions { namespace: options.namespace.clone(), owner: source.owner.clone() });
    let card = documents.card().unwrap_or_else(derive)?;
    Ok((card, report.warnings))
}

/// Pushes everything below the image's top manifest.
fn push(store: &dyn Store, image: &Image) -> Result<(), Error> {
    for blob in &image.blobs {
        block_on(store.push(&blob.descriptor("application/octet-stream"), blob))?;
    }
    for child in &image.children {
        block_on(store.push(&child.descriptor(), &child.blob()))?;
    }
    Ok(())
}

/// Collects the image's names for the commit.
fn name_all(batch: &Batch, built: Built, options: &Options) -> Result<Packed, Error> {
    let version = built.card.version()?;
    let draft = lifecycle::tag_to_set(State::Draft, &version);
    let store = batch.repository(&built.repository);
    let overtaken = further_state(&store, &version)?;
    block_on(store.tag(&built.image.manifest, &draft, &Expect::Any, &[]))?;
    for name in &options.names {
        let tag = name.tag().unwrap_or(&draft);
        block_on(batch.repository(name.repository()).tag(&built.image.manifest, tag, &Expect::Any, &[]))?;
    }
    let name = built.repository.tagged(draft);
    Ok(Packed {
        path: built.path.into(),
        reference: name.to_string(),
        digest: built.image.manifest.digest().clone(),
        left_out: built.left_out,
        warnings: built.warnings,
        overtaken,
        pushed: None,
        name,
    })
}

/// The state beyond draft that the layout's tags show for a version.
fn further_state(store: &dyn Store, version: &Version) -> Result<Option<State>, Error> {
    for state in [State::Published, State::Testing] {
        let tag = lifecycle::tag_to_set(state, version);
        if block_on(store.resolve(&Target::Tag(tag)))?.is_some() {
            return Ok(Some(state));
        }
    }
    Ok(None)
}
