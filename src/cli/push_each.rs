//! `pack --push`: sends images to a registry as they are packed, several at once.

use std::collections::HashSet;

use futures::stream::{self, StreamExt};
use tokio::runtime::Runtime;

use super::args;
use super::context::{self, Access, Context};
use super::error::{self, Error};
use super::output::Output;
use crate::name::{Reference, Repository, Target};
use crate::ops::pack::Packed;
use crate::ops::push;
use crate::store;
use crate::store::layout::Layout;
use crate::store::remote::Session;

/// Images that are sent at once.
const PARALLEL: usize = 8;

/// Sends packed images to the repositories below a prefix, over one set of connections.
pub(super) struct Pusher {
    output: Output,
    layout: Layout,
    session: Session,
    runtime: Runtime,
    prefix: Repository,
    /// Where something was sent in this run.
    sent: HashSet<Reference>,
}

impl Pusher {
    pub(super) fn new(context: &Context, prefix: &Repository, registry: &args::Registry) -> Result<Self, Error> {
        if prefix.host().is_none() {
            let example = "as `--push quay.io/org`";
            return Err(Error::Usage(format!("`{prefix}` names no registry; put its host in front, {example}")));
        }
        Ok(Self {
            output: context.output,
            layout: context.layout()?,
            session: context::session(registry)?,
            runtime: context::runtime()?,
            prefix: prefix.clone(),
            sent: HashSet::new(),
        })
    }

    /// Sends each image to `PREFIX/<name>`; whether all of them arrived.
    pub(super) fn push(&mut self, images: &mut [Packed]) -> bool {
        let destinations: Vec<_> = images.iter().map(|image| self.destination(image)).collect();
        let sends = images.iter().zip(destinations).map(|(image, destination)| self.send(image, destination));
        let outcomes: Vec<_> = self.runtime.block_on(stream::iter(sends).buffered(PARALLEL).collect());
        let mut arrived = true;
        for (image, outcome) in images.iter_mut().zip(outcomes) {
            match outcome {
                Ok(reference) => {
                    self.output.note(&format!("pushed {reference}"));
                    image.pushed = Some(reference);
                }
                Err(error) => {
                    error::explain(&error);
                    arrived = false;
                }
            }
        }
        arrived
    }

    /// `PREFIX/<name>:<tag>`, unless another skill of this run went there.
    fn destination(&mut self, image: &Packed) -> Result<Reference, Error> {
        let tag = image.name.tag().expect("a packed image is named by its draft tag");
        let destination = self.prefix.join(&image.name.repository().name().parse()?).tagged(tag.clone());
        if self.sent.insert(destination.clone()) {
            return Ok(destination);
        }
        Err(Error::Usage(format!("`{}` was not pushed: another skill went to `{destination}`", image.reference)))
    }

    async fn send(&self, image: &Packed, destination: Result<Reference, Error>) -> Result<String, Error> {
        let destination = destination?;
        let remote = self.session.open(destination.repository(), Access::Push).map_err(store::Error::from)?;
        let source = self.layout.repository(image.name.repository());
        // By digest, the index of the store, which names thousands of images, is not read for each.
        let source = push::Image { store: &source, target: &Target::Digest(image.digest.clone()) };
        let tag = destination.tag().expect("a destination has a tag");
        Ok(push::push(&source, &remote, tag, None).await?.reference)
    }
}
