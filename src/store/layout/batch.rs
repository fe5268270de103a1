//! Many images in one commit: tags are collected and move together.
//!
//! A thousand small images then cost one sync of the disk and one new index instead of a thousand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::commit::{Naming, Outcomes};
use super::{Layout, LayoutStore, lock};
use crate::image::Descriptor;
use crate::name::Repository;
use crate::store::Error;

/// A view of a [`Layout`] in which tags move only at [`Batch::commit`], all at once.
///
/// Its stores see what is collected. What a tag was expected to be is checked at the commit.
#[derive(Debug, Clone)]
pub struct Batch {
    layout: Layout,
    collected: Arc<Collected>,
}

/// What a batch has collected, and what the index said before.
#[derive(Debug, Default)]
pub(super) struct Collected(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    namings: Vec<Naming>,
    moved: HashMap<String, Descriptor>,
    before: Option<HashMap<String, Descriptor>>,
}

impl Layout {
    /// A view of this layout that collects tags until they are committed together.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch { layout: self.clone(), collected: Arc::default() }
    }
}

impl Batch {
    /// As [`Layout::repository`].
    #[must_use]
    pub fn repository(&self, repository: &Repository) -> LayoutStore {
        LayoutStore::new(self.layout.clone(), Some(repository.clone()), Some(self.collected.clone()))
    }

    /// Moves everything collected so far, durably, and starts anew. One outcome for each call of
    /// `tag` or `keep` that succeeded, in their order; a refused one stops no other.
    ///
    /// # Errors
    /// When the directory cannot be written; then nothing has moved.
    pub fn commit(&self) -> Result<Vec<Result<(), Error>>, Error> {
        let State { namings, .. } = std::mem::take(&mut *lock(&self.collected.0));
        if namings.is_empty() { Ok(Outcomes::new()) } else { self.layout.0.commit(&namings) }
    }
}

impl Collected {
    pub(super) fn add(&self, naming: Naming) {
        let mut state = lock(&self.0);
        let descriptor = naming.manifest.descriptor();
        state.moved.extend(naming.names().into_iter().map(|name| (name, descriptor.clone())));
        state.namings.push(naming);
    }

    /// What `name` is after the commit, if nobody else moves it. The index is read once.
    pub(super) fn get(&self, layout: &Layout, name: &str) -> Result<Option<Descriptor>, Error> {
        let mut state = lock(&self.0);
        if let Some(descriptor) = state.moved.get(name) {
            return Ok(Some(descriptor.clone()));
        }
        if state.before.is_none() {
            let named = layout.entries()?.into_iter().filter_map(|entry| Some((entry.name?, entry.descriptor)));
            state.before = Some(named.collect());
        }
        Ok(state.before.as_ref().and_then(|before| before.get(name)).cloned())
    }

    /// The names that are collected.
    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.0).moved.keys().cloned().collect()
    }
}
