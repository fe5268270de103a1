//! Which authentication realms are sent credentials: the registry's own, and those configured.
//!
//! The realm in a 401 decides where a token is asked for, never which secret is sent: a hostile or
//! broken registry must not be able to collect the passwords that are meant for it by name.

use reqwest::Url;

use super::endpoint::authority;
use super::options::{Options, Trust};

/// Well-known registries whose realm has another name.
const KNOWN: [(&str, &str); 2] = [("registry-1.docker.io", "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// How far a realm is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It belongs to the registry: credentials may go there.
    Own,
    /// It is another host: it is asked for an anonymous token only.
    Foreign,
    /// It is not asked at all: plain HTTP for a registry with TLS, or no HTTP.
    Unsafe,
}

/// Judges the realm that the registry at `registry` named.
///
/// Its own are: the very same scheme, host and port; over verified TLS also the same host name
/// with another port, because the certificate proves the name; the known ones above; and those of
/// [`Options::realms`], which may be plain HTTP only if the registry is.
pub(super) fn judge(registry: &Url, realm: &Url, options: &Options) -> Standing {
    let downgrade = registry.scheme() == "https" && realm.scheme() == "http";
    if downgrade || !matches!(realm.scheme(), "http" | "https") || !realm.has_host() {
        return Standing::Unsafe;
    }
    let proven = realm.scheme() == "https" && registry.scheme() == "https" && options.trust != Trust::Anything;
    let same_name = registry.host_str() == realm.host_str();
    let known = KNOWN.contains(&(authority(registry).as_str(), authority(realm).as_str()));
    let allowed = options.realms.iter().any(|host| host.eq_ignore_ascii_case(&authority(realm)));
    let own = registry.origin() == realm.origin() || proven && same_name || proven && known || allowed;
    if own { Standing::Own } else { Standing::Foreign }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(registry: &str, realm: &str, options: &Options) -> Standing {
        judge(&Url::parse(registry).unwrap(), &Url::parse(realm).unwrap(), options)
    }

    #[test]
    fn the_registrys_own_realm_gets_credentials() {
        let options = Options::default();
        let own = [
            ("https://quay.io/", "https://quay.io/v2/auth"),
            ("https://quay.io/", "https://quay.io:443/v2/auth"),
            ("https://git.example:5050/", "https://git.example/jwt/auth"),
            ("https://registry-1.docker.io/", "https://auth.docker.io/token"),
            ("https://registry.gitlab.com/", "https://gitlab.com/jwt/auth"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000/token"),
        ];
        for (registry, realm) in own {
            assert_eq!(judged(registry, realm, &options), Standing::Own, "{realm}");
        }
    }

    #[test]
    fn other_hosts_do_not() {
        let options = Options::default();
        let foreign = [
            ("https://quay.io/", "https://evil.example/token"),
            ("https://quay.io/", "https://quay.io.evil.example/token"),
            ("https://quay.io/", "https://auth.docker.io/token"),
            ("https://registry-1.docker.io.example/", "https://auth.docker.io/token"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5001/token"),
            ("http://127.0.0.1:5000/", "http://localhost:5000/token"),
            ("http://registry.example/", "https://registry.example/token"),
        ];
        for (registry, realm) in foreign {
            assert_eq!(judged(registry, realm, &options), Standing::Foreign, "{realm}");
        }
    }

    #[test]
    fn without_verified_certificates_a_port_counts() {
        let options = Options { trust: Trust::Anything, ..Options::default() };
        assert_eq!(judged("https://a.example:5000/", "https://a.example/t", &options), Standing::Foreign);
        assert_eq!(judged("https://a.example/", "https://a.example/t", &options), Standing::Own);
    }

    #[test]
    fn realms_can_be_allowed_but_never_downgraded() {
        let options = Options { realms: vec!["Auth.example".into(), "127.0.0.1:5001".into()], ..Options::default() };
        assert_eq!(judged("https://a.example/", "https://auth.example/t", &options), Standing::Own);
        assert_eq!(judged("http://127.0.0.1:5000/", "http://127.0.0.1:5001/t", &options), Standing::Own);
        assert_eq!(judged("https://a.example/", "https://auth.example:8443/t", &options), Standing::Foreign);
        for realm in ["http://auth.example/t", "http://a.example/t", "ftp://auth.example/", "file:///etc/passwd"] {
            assert_eq!(judged("https://a.example/", realm, &options), Standing::Unsafe, "{realm}");
        }
    }
}
