//! The two documents of a skill directory, `SKILL.md` and `skill.yaml`, as every verb reads them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::Error;
use crate::card::{
    self, CARD_FILE, Code, DeriveOptions, Invalid, Mode, Parsed, Report, SKILL_MD_FILE, SkillCard, SkillMd,
};
use crate::fs::Fs;
use crate::skill::{Limits, Tree};

/// The largest card that is read from an image, in bytes.
const CARD_LIMIT: u64 = 1 << 20;

/// Another name that the instructions may have.
const SKILL_MD_TOO: &str = "skill.md";

/// Whether a file of this name is a document of its directory.
pub(super) fn is_document(name: &str) -> bool {
    [CARD_FILE, SKILL_MD_FILE, SKILL_MD_TOO].contains(&name)
}

/// The documents of one skill.
pub(super) struct Documents {
    dir_name: String,
    /// Where `SKILL.md` is or should be, as diagnostics give it.
    skill_md_path: String,
    skill_md: Option<Document>,
    card: Option<Document>,
}

/// A document and the name that diagnostics give it.
struct Document {
    name: String,
    bytes: Bytes,
}

impl Document {
    fn file(&self) -> card::File<'_> {
        card::File { name: &self.name, bytes: &self.bytes }
    }
}

impl Documents {
    /// Reads the documents of the skill in `dir`, and nothing else of it.
    pub(super) fn of_dir(fs: &dyn Fs, dir: &Path, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |source| Error::Io { action: "read", path: dir.to_owned(), source };
        fs.list(dir).map_err(unreadable)?;
        let read = |name: &str| read_file(fs, &dir.join(name), limits.file_bytes);
        Self::find(fs, dir, read)
    }

    /// As [`Documents::of_dir`], for a directory that need not be there yet.
    pub(super) fn of_dir_to_be(fs: &dyn Fs, dir: &Path, limits: &Limits) -> Result<Self, Error> {
        match fs.status(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::find(fs, dir, |_| Ok(None)),
            _ => Self::of_dir(fs, dir, limits),
        }
    }

    /// The documents in `tree`, which was read from `dir`. The tree keeps what is read here, so that
    /// the documents that are judged are those that are packed.
    pub(super) fn of_tree(fs: &dyn Fs, dir: &Path, tree: &mut Tree, limits: &Limits) -> Result<Self, Error> {
        let read = |name: &str| {
            let bytes = tree.load(name, limits.file_bytes);
            bytes.map_err(|source| Error::Io { action: "read", path: dir.join(name), source })
        };
        Self::find(fs, dir, read)
    }

    fn find(
        fs: &dyn Fs,
        dir: &Path,
        mut read: impl FnMut(&str) -> Result<Option<Bytes>, Error>,
    ) -> Result<Self, Error> {
        let mut document = |name: &str| {
            let shown = || dir.join(name).display().to_string();
            Ok::<_, Error>(read(name)?.map(|bytes| Document { name: shown(), bytes }))
        };
        let skill_md = match document(SKILL_MD_FILE)? {
            Some(found) => Some(found),
            None => document(SKILL_MD_TOO)?,
        };
        let skill_md_path = dir.join(SKILL_MD_FILE).display().to_string();
        Ok(Self { dir_name: dir_name(fs, dir)?, skill_md_path, skill_md, card: document(CARD_FILE)? })
    }

    /// Whether there is a card.
    pub(super) fn has_card(&self) -> bool {
        self.card.is_some()
    }

    /// Whether there is a `SKILL.md`.
    pub(super) fn has_skill_md(&self) -> bool {
        self.skill_md.is_some()
    }

    /// Whether there is a `SKILL.md` with just this text.
    pub(super) fn skill_md_is(&self, text: &[u8]) -> bool {
        self.skill_md.as_ref().is_some_and(|document| document.bytes == text)
    }

    /// The name of the directory.
    pub(super) fn dir_name(&self) -> &str {
        &self.dir_name
    }

    /// Judges both documents.
    pub(super) fn validate(&self, mode: Mode) -> Report {
        let skill_md = self.skill_md.as_ref().map(Document::file);
        let card = self.card.as_ref().map(Document::file);
        let mut report = card::validate(&card::Input { dir_name: &self.dir_name, skill_md, card }, mode);
        for missing in report.errors.iter_mut().filter(|error| error.code == Code::MissingSkillMd) {
            missing.file.clone_from(&self.skill_md_path);
        }
        report
    }

    /// The card as it is written.
    pub(super) fn card(&self) -> Option<Result<SkillCard, Invalid>> {
        let Document { name, bytes } = self.card.as_ref()?;
        Some(SkillCard::parse(bytes, name).into_result())
    }

    /// A card made from `SKILL.md`.
    pub(super) fn derive(&self, options: &DeriveOptions) -> Result<SkillCard, Invalid> {
        let Some(skill_md) = self.skill_md() else {
            return Err(Invalid(self.validate(Mode::Default)));
        };
        SkillCard::derive(&skill_md, options)
    }

    /// The words in the body of `SKILL.md`.
    pub(super) fn words(&self) -> usize {
        self.skill_md().and_then(|parsed| parsed.value).map_or(0, |skill_md| skill_md.word_count())
    }

    fn skill_md(&self) -> Option<Parsed<SkillMd>> {
        self.skill_md.as_ref().map(|document| SkillMd::parse(&document.bytes, &document.name))
    }
}

/// The card in the tree of an image, which may follow another version of the schema.
pub(super) fn card_in(tree: &Tree) -> Option<SkillCard> {
    let bytes = tree.get(CARD_FILE)?.read(CARD_LIMIT).ok()?;
    SkillCard::read(bytes, CARD_FILE).ok()
}

/// The name of the skill in the tree of an image: the card's, else that of `SKILL.md`.
pub(super) fn name_in(tree: &Tree) -> Option<String> {
    if let Some(card) = card_in(tree) {
        return Some(card.metadata.name);
    }
    let file = tree.get(SKILL_MD_FILE).or_else(|| tree.get(SKILL_MD_TOO))?;
    let bytes = file.read(Limits::default().file_bytes).ok()?;
    Some(SkillMd::parse(bytes, SKILL_MD_FILE).value?.name.to_string())
}

/// The name of a directory, also when it is given as `.` or through a link.
fn dir_name(fs: &dyn Fs, dir: &Path) -> Result<String, Error> {
    let failed = |source| Error::Io { action: "read", path: dir.to_owned(), source };
    let full: PathBuf = match dir.file_name() {
        Some(name) => return Ok(name.to_string_lossy().into_owned()),
        None => fs.resolve(dir).map_err(failed)?,
    };
    Ok(full.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

fn read_file(fs: &dyn Fs, path: &Path, limit: u64) -> Result<Option<Bytes>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
    // A link is followed, but to a regular file only: a FIFO would never end.
    let file = match fs.resolve(path).and_then(|real| fs.open_in_place(&real)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(bytes.into()))
}
