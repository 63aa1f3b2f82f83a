//! What looks like a credential, found without a list of known ones.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A log may cut a private key off: without its end, nothing behind its start can be shown.
const PRIVATE_KEY: &str = r"-----BEGIN\x20[^\n]*?PRIVATE\x20KEY-----(?s:.*?)(-----END|$)";

const TOKEN: &str = r#"(?x)
    (^|[^a-zA-Z0-9])(?:
        # Ids of AWS access keys; tokens of GitHub, npm, Slack, GitLab, Stripe and Docker.
        (?:AKIA|ASIA)[A-Z0-9]{16,}
        | (?:gh[opsru]_|npm_)[\w-]{10,} | (?:xox.-|xapp-)[\w-]{9,} | glpat-[\w-]{8,}
        | [sr]k_live_[\w-]{6,} | dckr_pat_[\w-]{5,} | github_pat_[\w-]{3,}
        # A JSON web token: three parts in base64url, the first of which begins with `{"`.
        | eyJ[\w-]*\.[\w-]*\.[\w.-]*
    )
"#;

/// RFC 6750, 2.1: what a bearer token may consist of.
const BEARER: &str = r"((?:^|[^a-zA-Z0-9])(?i:bearer)\x20)[\w.~+/=-]{8,}";

/// What leads to a secret: a name that ends so, and `=` or `:`. In `…:secret:prod/db` it is a part of an ARN.
const ASSIGNMENT: &str = r#"(?:
    (?:^|[^\w:-])(?i:[\w-]*NAME)["'\\]*\x20*[=:>]+[\x20\t]*
    | :(?i:[\w-]*NAME)(?:["'\\]+\x20*[=:>]|\x20+[=:>]|[=>])[=:>]*[\x20\t]*
    # Blanks alone separate only a flag from its value: "the token is expired" tells no secret.
    | (?:^|[^\w-])--(?i:[\w-]*NAME)["'\\]*\x20[\x20\t]*
)"#;

/// The ends of names whose values are secret.
const SECRET: &str = "(?:pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|(?:access|secret|private)_?key|authorization|credential)";

/// A header's value has blanks in it: `Authorization: Basic dXNl…`.
const HEADER_VALUE: &str = r#"(?x)(TO_HEADER)[^"'\\\s=:>][^"'\n]*"#;

/// `password=…`, `"secret": "…"`, `DB_PASSWORD=…`.
const VALUE: &str = r#"(?x)
    # In JSON inside JSON (`\"password\":\"…\"`) the last quote in front of the value is what closes it.
    (TO_SECRET)(?:
        (["'\\]*")[^"'\\\n][^"\n]*
        | (["'\\]*')[^"'\\\n][^'\n]*
        | (["'\\]*\\)[^"'\\\n][^\\\n]*
        | [^"'\\\s&][^"'\s&]*
    )
"#;

/// Each with what is shown in its place. What spans lines, or stands anywhere, goes before what a name leads to: the
/// value of `PRIVATE_KEY=` is more than its first word.
static PATTERNS: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
    let to_header = ASSIGNMENT.replace("NAME", "authorization");
    let to_secret = ASSIGNMENT.replace("NAME", SECRET);
    [
        (regex(PRIVATE_KEY), "***$1"),
        (regex(TOKEN), "$1***"),
        (regex(BEARER), "$1***"),
        (
            regex(&HEADER_VALUE.replace("TO_HEADER", &to_header)),
            "$1***",
        ),
        (
            regex(&VALUE.replace("TO_SECRET", &to_secret)),
            "$1$2$3$4***",
        ),
    ]
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are valid")
}

/// The text with `***` in the place of each credential.
pub(super) fn hidden(text: &str) -> String {
    let mut hidden = without_user_information(text);
    for (pattern, shown) in PATTERNS.iter() {
        hidden = pattern.replace_all(&hidden, *shown).into_owned();
    }
    hidden
}

/// `user:password@` of each URL hidden, also when the password holds a `/`.
fn without_user_information(text: &str) -> String {
    let mut parts = text.split("://");
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        hidden += "://";
        match user_information_end(part) {
            Some(end) => hidden += &format!("***{}", &part[end..]),
            None => hidden += part,
        }
    }
    hidden
}

/// Where the host begins in what follows `://`: at the `@`.
fn user_information_end(text: &str) -> Option<usize> {
    let ends_url = |c: char| c.is_whitespace() || "\"'<>`".contains(c);
    let url = text.split(ends_url).next()?;
    let authority = url.split(['/', '?', '#']).next()?;
    if let Some(end) = authority.rfind('@') {
        return Some(end);
    }
    let (_, port) = authority.split_once(':')?;
    if port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What follows the colon is no port, so it is a password with a `/` in it that nobody escaped.
    url.rfind('@')
}
