//! A progress bar for transfers that take a while, on a terminal only.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Output;
use crate::store::copy::{Event, Progress};

/// Transfers below this size in bytes are over before anybody could read the bar.
const WORTH_A_BAR: u64 = 1 << 20;

/// What a copy tells its progress to; nothing where no bar can be seen.
pub(super) fn bar(output: Output) -> Option<Progress> {
    if !output.shows_progress() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {elapsed}");
    bar.set_style(style.expect("the template is sound"));
    Some(Arc::new(move |event| show(&bar, event)))
}

fn show(bar: &ProgressBar, event: Event<'_>) {
    match event {
        Event::Started(descriptor) => {
            bar.inc_length(descriptor.size);
            if bar.is_hidden() && descriptor.size > WORTH_A_BAR {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
        }
        Event::Transferred(descriptor) => bar.inc(descriptor.size),
        Event::AlreadyThere(_) => {}
    }
    if bar.length() == Some(bar.position()) && !bar.is_hidden() {
        bar.finish_and_clear();
    }
}
