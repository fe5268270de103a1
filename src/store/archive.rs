//! STUB
use super::Error;
use super::layout::Layout;
use crate::fs::Fs;
use std::path::Path;
use std::sync::Arc;
pub struct Archive;
impl Archive {
    pub fn open(_: Arc<dyn Fs>, _: &Path) -> Result<Self, Error> {
        unimplemented!()
    }
    pub fn layout(&self) -> Layout {
        unimplemented!()
    }
}
pub fn create<T, E: From<Error>>(_: &Arc<dyn Fs>, _: &Path, _: impl FnOnce(&Layout) -> Result<T, E>) -> Result<T, E> {
    unimplemented!()
}
