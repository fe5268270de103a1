//! `skillctl pack`: flags to [`ops::pack`] and its reports to text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::executor::block_on;

use super::args;
use super::context::Context;
use super::created::{self, Created};
use super::error::{self, Error};
use super::push_each::Pusher;
use super::{git, output};
use crate::annotation;
use crate::card::CARD_FILE;
use crate::image::Platform;
use crate::name::{LayoutName, Location, Namespace, Reference, Repository, Tag};
use crate::ops;
use crate::ops::pack::{self, GROUP, Options, Packed, Source};
use crate::pack::MediaProfile;
use crate::printable;
use crate::store::archive;
use crate::store::layout::Layout;

/// Pack skill directories into images in the local store
///
/// Each image is named NAMESPACE/NAME:VERSION-draft after its card, `skill.yaml`; without one, the
/// card is derived from SKILL.md and written into the image. Left out are names that start with
/// `.` and what `.skillignore` names. The same files give the same layer, anywhere and at any time.
/// Prints the digest of each image.
///
///   skillctl pack examples/hello-world
///   skillctl pack skills/* --namespace acme --push quay.io/acme
///   skillctl pack my-skill --output oci-archive:my-skill.tar
#[derive(Debug, clap::Args)]
#[command(visible_alias = "build", verbatim_doc_comment)]
pub(super) struct Args {
    /// The skill directories
    #[arg(value_name = "DIR", required = true)]
    dirs: Vec<PathBuf>,

    /// Give the image this name too
    #[arg(short, long, value_name = "REF", value_parser = further_name)]
    tag: Vec<Reference>,

    /// The media types of config and layer: those of images, or those of Red Hat's agent skills
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    media_type: MediaType,

    /// The namespace of skills whose card has none because there is no card
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<Namespace>,

    /// Add an annotation
    #[arg(long, value_name = "KEY=VALUE", value_parser = annotation)]
    annotation: Vec<(String, String)>,

    /// The time of creation, RFC 3339 or seconds since 1970
    /// [default: $`SOURCE_DATE_EPOCH`, else the time of the commit where git sees no change, else now]
    #[arg(long, value_name = "TIME", value_parser = created::parse)]
    created: Option<String>,

    /// Make an index with an entry for each platform, instead of one image that mounts everywhere
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    platform: Vec<Platform>,

    /// Write to a layout instead of the local store: oci:DIR[:NAME] or oci-archive:FILE[:NAME]
    #[arg(short, long, value_name = "LAYOUT")]
    output: Option<Location>,

    /// Push each image to PREFIX/<name> as soon as it is packed
    #[arg(long, value_name = "PREFIX", conflicts_with = "output")]
    push: Option<Repository>,

    #[command(flatten)]
    registry: args::Registry,
}

/// `--media-type`.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum MediaType {
    #[default]
    Standard,
    Redhat,
}

/// `--tag`: a name, which a digest cannot be.
fn further_name(text: &str) -> Result<Reference, String> {
    let name: Reference = text.parse().map_err(|error: crate::name::Error| error.to_string())?;
    if name.digest().is_some() { Err("a name has a tag and no digest".to_owned()) } else { Ok(name) }
}

fn annotation(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("expected KEY=VALUE")?;
    if annotation::is_reserved(key) {
        return Err(format!("`{key}` is written by skillctl from the card and the state"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let options = options(&args);
    let sources = sources(&args)?;
    let mut run = Run { context, options: &options, packed: Vec::new(), failed: false };
    match (&args.output, &args.push) {
        (Some(output), _) => run.add(write_layout(context, output, &sources, &options)?),
        (None, None) => run.add(pack::pack(context.fs(), &context.layout()?, &sources, &options)?),
        (None, Some(prefix)) => {
            let mut pusher = Pusher::new(context, prefix, &args.registry)?;
            for group in sources.chunks(GROUP) {
                let before = run.packed.len();
                run.add(pack::pack(context.fs(), &context.layout()?, group, &options)?);
                run.failed |= !pusher.push(&mut run.packed[before..]);
            }
        }
    }
    let text = |packed: &Vec<Packed>| packed.iter().map(|image| format!("{}\n", image.digest)).collect();
    context.output.report(&run.packed, text)?;
    if run.failed { Err(Error::Reported) } else { Ok(()) }
}

/// What came of the skills so far.
struct Run<'a> {
    context: &'a Context,
    options: &'a Options,
    packed: Vec<Packed>,
    failed: bool,
}

impl Run<'_> {
    fn add(&mut self, outcomes: Vec<Result<Packed, ops::Error>>) {
        for outcome in outcomes {
            match outcome {
                Ok(image) => {
                    tell(self.context, self.options, &image);
                    self.check_twin(&image);
                    self.packed.push(image);
                }
                Err(error) => {
                    error::explain(&error.into());
                    self.failed = true;
                }
            }
        }
    }
}

impl Run<'_> {
    /// Warns where another skill of this run has lost its name to `image`.
    fn check_twin(&self, image: &Packed) {
        let is_twin = |other: &&Packed| other.reference == image.reference && other.digest != image.digest;
        if let Some(twin) = self.packed.iter().find(is_twin) {
            let (one, other) = (twin.path.display(), image.path.display());
            output::warn(&format!("{one} and {other} are both {}: the last one counts", image.reference));
        }
    }
}

fn options(args: &Args) -> Options {
    Options {
        namespace: args.namespace.clone(),
        media: match args.media_type {
            MediaType::Standard => MediaProfile::Standard,
            MediaType::Redhat => MediaProfile::Redhat,
        },
        annotations: args.annotation.iter().cloned().collect(),
        platforms: args.platform.clone(),
        names: args.tag.clone(),
        ..Options::default()
    }
}

fn sources(args: &Args) -> Result<Vec<Source>, Error> {
    let created = Created::new(args.created.clone())?;
    let source = |dir: &PathBuf| Source { dir: dir.clone(), created: created.of(dir), owner: owner(dir) };
    Ok(args.dirs.iter().map(source).collect())
}

/// The owner of the git remote, asked for only where a card must be derived.
fn owner(dir: &Path) -> Option<String> {
    if dir.join(CARD_FILE).exists() { None } else { git::remote_owner(dir) }
}

fn tell(context: &Context, options: &Options, image: &Packed) {
    for warning in &image.warnings {
        output::say(&warning.to_string());
    }
    if !image.left_out.is_empty() {
        context.output.note(&format!(
            "{}: left out {}",
            image.path.display(),
            printable::cell(&image.left_out.join(", "))
        ));
    }
    let repository = image.name.repository();
    if let Some(namespace) = options.namespace.as_ref().filter(|namespace| !repository.is_in(namespace)) {
        output::warn(&format!(
            "{repository} has its namespace from its card; `--namespace {namespace}` is for skills without one"
        ));
    }
    if let Some(state) = image.overtaken {
        let rule = "this draft cannot be promoted: raise its version";
        output::warn(&format!("this version of {repository} is already {state}; {rule}"));
    }
    context.output.note(&format!("packed {}", image.reference));
}

/// Packs into a layout of its own.
fn write_layout(
    context: &Context,
    output: &Location,
    sources: &[Source],
    options: &Options,
) -> Result<Vec<Result<Packed, ops::Error>>, Error> {
    let pack_into = |layout: &Layout, name: &LayoutName| {
        let new_name = name.name.as_ref().map(|name| NewName::parse(name, sources.len())).transpose()?;
        let outcomes = pack::pack(context.fs(), layout, sources, options)?;
        new_name.map_or(Ok(()), |name| name.give(layout, &outcomes))?;
        Ok::<_, Error>(outcomes)
    };
    match output {
        Location::Image(reference) => {
            Err(Error::Usage(format!("--output takes oci:DIR or oci-archive:FILE, not `{reference}`")))
        }
        Location::Layout(name) => pack_into(&Layout::new(Arc::clone(context.fs()), &name.path), name),
        Location::Archive(name) => archive::create(context.fs(), &name.path, |layout| pack_into(layout, name)),
    }
}

/// The name that the only image of a layout gets instead of its own.
enum NewName {
    Bare(Tag),
    Full(Reference),
}

impl NewName {
    /// Reads it before anything is packed.
    fn parse(name: &str, images: usize) -> Result<Self, Error> {
        if images != 1 {
            let rule = "can name one image only; pack one skill, or leave the name out";
            return Err(Error::Usage(format!("`{name}` {rule}")));
        }
        Ok(name.parse().map(Self::Bare).or_else(|_| name.parse().map(Self::Full))?)
    }

    /// Gives it to the image, if it was packed.
    fn give(&self, layout: &Layout, outcomes: &[Result<Packed, ops::Error>]) -> Result<(), Error> {
        let [Ok(image)] = outcomes else {
            return Ok(());
        };
        let own = image.name.tag();
        let (store, tag) = match self {
            Self::Bare(tag) => (layout.bare(), Some(tag)),
            Self::Full(name) => (layout.repository(name.repository()), name.tag().or(own)),
        };
        let tag = tag.expect("a packed image is named by its draft tag");
        Ok(block_on(ops::tag::rename(layout, &image.name, &store, tag))?)
    }
}
