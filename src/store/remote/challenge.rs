//! The `WWW-Authenticate` header: which schemes a registry offers, and with what parameters.
//!
//! Follows RFC 9110, section 11.6.1. Pure: who is trusted with what is decided elsewhere.

/// What a 401 asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User name and password with every request.
    Basic,
    /// A token from the authentication realm.
    Bearer {
        /// URL of the realm, as written.
        realm: String,
        /// Name of the registry in the realm.
        service: Option<String>,
    },
}

/// The challenge to answer: a token if one is asked for, else a password.
pub(super) fn choose<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Challenge> {
    let offers: Vec<Offer> = headers.into_iter().flat_map(parse).collect();
    let of = |scheme: &str| offers.iter().find(|offer| offer.scheme.eq_ignore_ascii_case(scheme));
    let bearer = of("bearer").and_then(|offer| {
        let realm = offer.get("realm").filter(|realm| !realm.is_empty())?;
        Some(Challenge::Bearer { realm: realm.to_owned(), service: offer.get("service").map(ToOwned::to_owned) })
    });
    bearer.or_else(|| of("basic").map(|_| Challenge::Basic))
}

/// One scheme with its parameters.
#[derive(Debug, PartialEq, Eq)]
struct Offer {
    scheme: String,
    params: Vec<(String, String)>,
}

impl Offer {
    fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads as much as makes sense; nothing in a header is an error.
fn parse(header: &str) -> Vec<Offer> {
    let mut cursor = Cursor(header);
    let mut offers: Vec<Offer> = Vec::new();
    loop {
        cursor.skip(|c| c.is_whitespace() || c == ',');
        let word = cursor.take(is_word);
        if word.is_empty() {
            if cursor.skip_one() {
                continue;
            }
            return offers;
        }
        cursor.skip(char::is_whitespace);
        match offers.last_mut() {
            Some(offer) if cursor.eat('=') => offer.params.push((word.to_owned(), cursor.value())),
            _ => offers.push(Offer { scheme: word.to_owned(), params: Vec::new() }),
        }
    }
}

fn is_word(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | '=' | '"')
}

struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !wanted(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.take(unwanted);
    }

    fn skip_one(&mut self) -> bool {
        let mut chars = self.0.chars();
        let skipped = chars.next().is_some();
        self.0 = chars.as_str();
        skipped
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn value(&mut self) -> String {
        self.skip(char::is_whitespace);
        if self.eat('"') { self.quoted() } else { self.take(is_word).to_owned() }
    }

    /// The rest of a quoted string; one that never ends goes to the end of the header.
    fn quoted(&mut self) -> String {
        let mut value = String::new();
        let mut chars = self.0.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => value.extend(chars.next()),
                other => value.push(other),
            }
        }
        self.0 = chars.as_str();
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(ToOwned::to_owned) }
    }

    #[test]
    fn reads_what_registries_send() {
        let cases = [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                Some(bearer("https://auth.docker.io/token", Some("registry.docker.io"))),
            ),
            (r#"bearer realm=https://a/t , SERVICE = "x \"y\", z""#, Some(bearer("https://a/t", Some(r#"x "y", z"#)))),
            (r#"Basic realm="Registry Realm""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            (r#"Negotiate abc==, Basic realm="x", Bearer realm="https://a/t""#, Some(bearer("https://a/t", None))),
            (r#"Digest realm="bearer", nonce="Basic""#, None),
            ("Bearer", None),
            (r#"Bearer realm="""#, None),
            ("", None),
            (r#"Bearer realm="never ends"#, Some(bearer("never ends", None))),
        ];
        for (header, expected) in cases {
            assert_eq!(choose([header]), expected, "{header}");
        }
    }

    #[test]
    fn several_headers_are_one_list() {
        assert_eq!(choose(["Basic realm=a", r#"Bearer realm="https://a/t""#]), Some(bearer("https://a/t", None)));
        assert_eq!(choose(["Bearer service=x", "Basic"]), Some(Challenge::Basic));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(header in "[ -~\u{80}-\u{ff}\t]*") {
            choose([header.as_str()]);
        }

        #[test]
        fn quoted_values_come_back(realm in "[ -~]+", service in "[ -~]*") {
            let quote = |text: &str| text.replace('\\', r"\\").replace('"', r#"\""#);
            let header = format!(r#"Bearer realm="{}",service="{}""#, quote(&realm), quote(&service));
            prop_assert_eq!(choose([header.as_str()]), Some(bearer(&realm, Some(&service))));
        }
    }
}
