//! `docs/cli.md` is what `--help` says. `UPDATE_DOCS=1 cargo test --test it reference` writes it anew.

use std::fmt::Write;
use std::path::Path;

use clap::Command;

const HEAD: &str = "# Command line\n\nGenerated from the program's own help by `make doc`; do not edit.\n\n\
    Exit codes: 0 done · 1 failed · 2 wrong usage · 3 refused by verification.\n";

fn reference() -> String {
    let mut command = skillctl::cli::command().term_width(96).disable_version_flag(true);
    command.build();
    let mut text = HEAD.to_owned();
    section(&mut text, &mut command.clone(), "skillctl");
    for subcommand in command.get_subcommands_mut() {
        let name = format!("skillctl {}", subcommand.get_name());
        section(&mut text, subcommand, &name);
    }
    text
}

fn section(text: &mut String, command: &mut Command, name: &str) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(text, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
}

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let fresh = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == fresh, "docs/cli.md is not what --help says: run `make doc`");
}
