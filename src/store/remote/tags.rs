//! The list of a repository's tags, page by page, within limits.

use reqwest::header::LINK;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use super::Remote;
use super::answer::Answer;
use super::call::Call;
use super::endpoint::same_origin;
use super::error::Error;
use super::link;
use crate::name::Tag;
use crate::printable::one_line;

/// How many tags are asked for at once; registries refuse more than a thousand.
const PAGE: usize = 1000;
/// The largest page, in bytes.
const PAGE_LIMIT: u64 = 8 << 20;
/// The most pages; a registry that goes on has no end.
const PAGES: usize = 1000;
/// The most tags, however many are on a page.
const TAGS: usize = PAGE * PAGES;

/// A page of the list. Without tags it is `null` or missing in some registries.
#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Remote {
    /// All tags; none when the registry does not know the repository.
    pub(super) async fn list_tags(&self) -> Result<Vec<Tag>, Error> {
        let mut tags = Vec::new();
        let mut pages = 0;
        let mut next = Some(Call::new(Method::GET, self.path(&format!("tags/list?n={PAGE}"))));
        while let Some(call) = next {
            let answer = self.call(&call).await?;
            if pages == 0 && answer.status() == StatusCode::NOT_FOUND {
                break;
            }
            let mut answer = self.success(answer).await?;
            let page = read(&mut answer).await?;
            next = following(&answer)?.map(|url| Call::to(Method::GET, url));
            pages += 1;
            if next.is_some() && (page.is_empty() || pages == PAGES) {
                return Err(answer.breaks("its pages of tags have no end"));
            }
            tags.extend(page);
            if tags.len() > TAGS {
                return Err(answer.breaks(format!("there are more than {TAGS} tags")));
            }
        }
        Ok(tags)
    }
}

async fn read(answer: &mut Answer) -> Result<Vec<Tag>, Error> {
    let body = answer.bytes(PAGE_LIMIT).await?;
    let page: Page = serde_json::from_slice(&body).map_err(|_| answer.breaks("it is not a list of tags"))?;
    let odd = |tag: &str| answer.breaks(format!("`{}` is not a tag", one_line(tag, 140)));
    page.tags.unwrap_or_default().iter().map(|tag| tag.parse().map_err(|_| odd(tag))).collect()
}

/// The URL of the next page, which must be in the same registry.
fn following(answer: &Answer) -> Result<Option<Url>, Error> {
    let Some(target) = answer.headers(LINK).find_map(link::next) else {
        return Ok(None);
    };
    let url = answer.url().join(target).map_err(|_| answer.breaks("its next page is not a URL"))?;
    if same_origin(&url, answer.url()) { Ok(Some(url)) } else { Err(answer.breaks("its next page is on another host")) }
}
