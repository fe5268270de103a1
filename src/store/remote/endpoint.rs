//! From a registry's name to the URLs where it may answer, in the order in which they are tried.

use std::net::IpAddr;

use reqwest::Url;

use super::options::{Options, PlainHttp, Trust};

/// Docker Hub's registry, which lives under another name than the one in references.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// Base URLs of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidates {
    /// The likeliest one.
    pub(super) first: Url,
    /// The one to try when the first one seems to speak another protocol.
    pub(super) second: Option<Url>,
}

/// Base URLs for `host`; none when that is not a host.
pub(super) fn candidates(host: &str, options: &Options) -> Option<Candidates> {
    let name = if matches!(host, "docker.io" | "index.docker.io") { DOCKER_HUB } else { host };
    let at = |scheme: &str| Url::parse(&format!("{scheme}://{name}/")).ok().filter(Url::has_host);
    let (plain, tls) = (at("http")?, at("https")?);
    let loopback = is_loopback(&tls);
    let (first, second) = match (options.plain_http, &options.trust) {
        (PlainHttp::Always, _) => (plain, None),
        (PlainHttp::Auto, Trust::System) if loopback => (plain, Some(tls)),
        (PlainHttp::Auto, Trust::SystemAnd(_)) if loopback => (tls, Some(plain)),
        (PlainHttp::Auto, Trust::Anything) => (tls, Some(plain)),
        (PlainHttp::Auto, Trust::System | Trust::SystemAnd(_)) => (tls, None),
    };
    Some(Candidates { first, second })
}

/// Whether a URL points to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether two URLs have one scheme, host and port: credentials for one may go to the other.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Host and port as people write them.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(host: &str, plain_http: PlainHttp, trust: Trust) -> Vec<String> {
        let options = Options { plain_http, trust, ..Options::default() };
        let Candidates { first, second } = candidates(host, &options).unwrap();
        [first].iter().chain(&second).map(ToString::to_string).collect()
    }

    #[test]
    fn only_loopback_is_plain_by_itself() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "127.1", "[::1]"] {
            assert!(tried(&format!("{host}:5000"), PlainHttp::Auto, Trust::System)[0].starts_with("http://"), "{host}");
        }
        for host in ["quay.io", "127.0.0.1.example", "localhost.example", "10.0.0.1", "128.0.0.1"] {
            assert_eq!(tried(host, PlainHttp::Auto, Trust::System), [format!("https://{host}/")]);
        }
    }

    #[test]
    fn options_choose_scheme_and_order() {
        let ca = || Trust::SystemAnd(Vec::new());
        assert_eq!(tried("localhost:1", PlainHttp::Auto, ca()), ["https://localhost:1/", "http://localhost:1/"]);
        assert_eq!(tried("quay.io", PlainHttp::Auto, ca()), ["https://quay.io/"]);
        assert_eq!(tried("quay.io", PlainHttp::Auto, Trust::Anything), ["https://quay.io/", "http://quay.io/"]);
        assert_eq!(tried("quay.io", PlainHttp::Always, ca()), ["http://quay.io/"]);
    }

    #[test]
    fn docker_hub_lives_elsewhere() {
        for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
            assert_eq!(tried(host, PlainHttp::Auto, Trust::System), ["https://registry-1.docker.io/"]);
        }
    }
}
