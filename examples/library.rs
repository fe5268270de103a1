//! The library in forty lines: pack a skill, promote it, and write it to a directory.
//!
//! `cargo run --example library -- examples/hello-world /tmp/skills`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::PathBuf;
use std::sync::Arc;

use futures::executor::block_on;
use skillctl::fs::{Fs, RealFs};
use skillctl::lifecycle::State;
use skillctl::name::Target;
use skillctl::ops::{inspect, pack, promote, pull};
use skillctl::skill::dir::Existing;
use skillctl::store::layout::Layout;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(dir), Some(target)) = (args.next(), args.next()) else {
        return Err("usage: library SKILL-DIRECTORY TARGET-DIRECTORY".into());
    };
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let store = tempfile::tempdir()?;
    let layout = Layout::new(Arc::clone(&fs), store.path());

    let source = pack::Source { dir, created: "2026-01-01T00:00:00Z".into(), owner: Some("acme".into()) };
    let packed = pack::pack(&fs, &layout, &[source], &pack::Options::default())?.remove(0)?;
    println!("packed    {} as {}", packed.reference, packed.digest);

    // The same functions take a repository of a registry: `Session::open(…)` is a `Store` too.
    let repository = layout.repository(packed.name.repository());
    let step = promote::Options::default();
    let report = block_on(promote::promote(&repository, &packed.name.target(), State::Testing, &step))?;
    println!("promoted  {} {} to {}", report.repository, report.version, report.to);

    let image = Target::Digest(report.digest);
    let contents = block_on(inspect::inspect(&repository, &image))?;
    println!("contains  {} files", contents.files.len());

    let output = pull::Output { fs: &fs, dir: &target, existing: Existing::Replace };
    let written = block_on(pull::export(&repository, &image, Some(&output)))?;
    println!("written   {}", written.path.unwrap_or_default().display());
    Ok(())
}
