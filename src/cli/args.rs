//! Flags that several commands share.

use std::path::PathBuf;

use clap::Args;

use super::output::Format;

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The local store, an OCI image layout [default: $`XDG_DATA_HOME/skillctl/store`]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SKILLCTL_STORE",
        hide_env_values = true,
        help_heading = "Global options"
    )]
    pub(crate) store: Option<PathBuf>,

    /// What is printed on stdout
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) format: Format,

    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
}

/// How to reach a registry.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Registry options")]
pub(crate) struct Registry {
    /// User and password for the registry; better in an auth file or the environment
    #[arg(long, value_name = "USER:PASSWORD", env = "SKILLCTL_CREDS", hide_env_values = true)]
    pub(crate) creds: Option<String>,

    /// Read credentials from this file first, in the form of podman's auth.json
    #[arg(long, value_name = "FILE", env = "REGISTRY_AUTH_FILE", hide_env_values = true)]
    pub(crate) authfile: Option<PathBuf>,

    /// Also send credentials to this token server
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) auth_realm: Vec<String>,

    /// Speak plain HTTP; loopback hosts are spoken to so anyway
    #[arg(long, env = "SKILLCTL_PLAIN_HTTP", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) plain_http: bool,

    /// Verify the registry's certificate
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = clap::ArgAction::Set)]
    pub(crate) tls_verify: bool,

    /// Trust the certificate authorities in this PEM file too
    #[arg(long, value_name = "FILE", env = "SKILLCTL_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
}
