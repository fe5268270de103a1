//! The `Link` header of paginated lists: the target of `rel="next"` (RFC 8288).

/// The target of the next page, as written.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let (params, following) = match after.find('<') {
            Some(start) => after.split_at(start),
            None => (after, ""),
        };
        if params.split([';', ',']).any(is_next) {
            return Some(target);
        }
        rest = following;
    }
    None
}

fn is_next(param: &str) -> bool {
    let Some((name, value)) = param.split_once('=') else {
        return false;
    };
    let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_next_page() {
        let cases = [
            (r#"</v2/a/tags/list?last=b&n=2>; rel="next""#, Some("/v2/a/tags/list?last=b&n=2")),
            (r#"<https://r.example/x,y;z>; title="a"; REL=next"#, Some("https://r.example/x,y;z")),
            (r#"<a>; rel="prev", <b>; rel="last next""#, Some("b")),
            (r#"<a>; rel="prev""#, None),
            (r#"<a>; rel="nextish""#, None),
            ("<a", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(header in "[ -~]*") {
            next(&header);
        }
    }
}
