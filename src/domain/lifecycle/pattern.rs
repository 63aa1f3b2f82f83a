//! An entry of `tagPatternList`: text in which `*` means any characters, also none. Nothing else is special.

/// What must match a tag.
pub(super) struct Pattern {
    /// What lies between the `*`; one part is a tag in full.
    parts: Vec<String>,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Self {
        let parts = pattern.split('*').map(str::to_owned).collect();
        Self { parts }
    }

    /// An entry of `tagPrefixList`.
    pub(super) fn prefix(prefix: &str) -> Self {
        let parts = vec![prefix.to_owned(), String::new()];
        Self { parts }
    }

    pub(super) fn is_match(&self, tag: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.iter().all(|whole| whole == tag);
        };
        let Some(rest) = tag.strip_prefix(first.as_str()) else {
            return false;
        };
        let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
            return false;
        };
        for part in middle {
            let Some((_, after)) = rest.split_once(part.as_str()) else {
                return false;
            };
            rest = after;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, by trying every length that a star may have.
    fn tried(pattern: &[u8], tag: &[u8]) -> bool {
        match (pattern, tag) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=tag.len()).any(|skipped| tried(rest, &tag[skipped..])),
            ([one, rest @ ..], [other, after @ ..]) => one == other && tried(rest, after),
            _ => false,
        }
    }

    #[test]
    fn stars_mean_any_characters() {
        for (pattern, tags, others) in [
            ("prod", &["prod"][..], &["prod1", "aprod", ""][..]),
            ("prod*", &["prod", "prod1", "production-team1"], &["aprod"]),
            ("*prod*", &["repo-production", "prod-team"], &["pro"]),
            ("*-rc", &["v1-rc"], &["v1-rc1", "rc"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("*test*1*2*3", &["test123", "x-test-1-2-3"], &["test132"]),
            ("v?.[0]", &["v?.[0]"], &["v1.0"]),
        ] {
            for tag in tags {
                assert!(Pattern::new(pattern).is_match(tag), "{pattern} {tag}");
            }
            for tag in others {
                assert!(!Pattern::new(pattern).is_match(tag), "{pattern} {tag}");
            }
        }
        assert!(Pattern::prefix("v1").is_match("v1.2.0"));
        assert!(!Pattern::prefix("v1").is_match("rev1"));
    }

    proptest! {
        #[test]
        fn it_finds_what_trying_finds(pattern in "[ab*]{0,7}", tag in "[ab]{0,7}") {
            let expected = tried(pattern.as_bytes(), tag.as_bytes());
            prop_assert_eq!(Pattern::new(&pattern).is_match(&tag), expected);
        }
    }
}
