//! What looks like a credential, found without a list: small scanners that look at one place of a text.

/// At a place in a text: keep so many bytes, hide so many after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) keep: usize,
    pub(super) hide: usize,
}

/// A scanner gets the text from a place on, and the character before that place.
type Scanner = fn(&str, Option<char>) -> Option<Hidden>;

const SCANNERS: [Scanner; 7] = [
    access_key_id,
    prefixed_token,
    web_token,
    user_information,
    bearer,
    assignment,
    private_key,
];

/// A name that ends like this is followed by a secret, when it is followed by `=` or `:`.
const NAMES: [&str; 17] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "accesskey",
    "secret_key",
    "secretkey",
    "private_key",
    "privatekey",
    "authorization",
    "credential",
];

const TOKEN_PREFIXES: [&str; 12] = [
    "github_pat_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "glpat-",
    "npm_",
    "sk_live_",
    "rk_live_",
    "xapp-",
    "dckr_pat_",
];

/// Bytes of a URL that are looked through, so that a text full of `://` costs no more than its length.
const URL_MAX: usize = 2_048;

/// The credential that starts exactly at the beginning of `rest`, if one does.
pub(super) fn at(rest: &str, before: Option<char>) -> Option<Hidden> {
    SCANNERS
        .iter()
        .find_map(|scan| scan(rest, before))
        .filter(|h| !rest[h.keep..].starts_with("***"))
}

/// How many bytes from the start are characters of this kind.
fn run(text: &str, kind: impl Fn(char) -> bool) -> usize {
    text.find(|c| !kind(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn starts_word(before: Option<char>) -> bool {
    !before.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// All characters of this kind, where it is `known` by its start. Only then are they counted: a text has many places.
fn token(rest: &str, known: bool, shortest: usize, kind: impl Fn(char) -> bool) -> Option<Hidden> {
    if !known {
        return None;
    }
    let hide = run(rest, kind);
    (hide >= shortest).then_some(Hidden { keep: 0, hide })
}

/// `AKIA…`, `ASIA…`: the id of an AWS access key.
fn access_key_id(rest: &str, before: Option<char>) -> Option<Hidden> {
    let known = rest.starts_with("AKIA") || rest.starts_with("ASIA");
    token(rest, known && starts_word(before), 20, |c| {
        c.is_ascii_uppercase() || c.is_ascii_digit()
    })
}

/// Tokens of GitHub, GitLab, npm, Stripe, Docker, and Slack's `xoxb-…`.
fn prefixed_token(rest: &str, before: Option<char>) -> Option<Hidden> {
    let slack = rest.starts_with("xox") && rest.as_bytes().get(4) == Some(&b'-');
    let known = slack || TOKEN_PREFIXES.iter().any(|prefix| rest.starts_with(prefix));
    token(rest, known && starts_word(before), 14, is_word)
}

/// A JSON web token: three parts in base64url, the first of which is an object.
fn web_token(rest: &str, before: Option<char>) -> Option<Hidden> {
    let known = rest.starts_with("eyJ") && starts_word(before);
    token(rest, known, 20, |c| is_word(c) || c == '.')
        .filter(|found| rest[..found.hide].matches('.').count() >= 2)
}

/// `user:password@` of a URL, also when the password holds a `/`.
fn user_information(rest: &str, _before: Option<char>) -> Option<Hidden> {
    let after = rest.strip_prefix("://")?;
    let near = &after[..after.floor_char_boundary(URL_MAX)];
    let url = &near[..run(near, |c| {
        !c.is_whitespace() && !matches!(c, '"' | '\'' | '<' | '>' | '`')
    })];
    let authority = &url[..run(url, |c| !matches!(c, '/' | '?' | '#'))];
    let hide = match (authority.rfind('@'), authority.split_once(':')) {
        (Some(at), _) => at,
        (None, Some((_, port))) if !port.bytes().all(|b| b.is_ascii_digit()) => url.rfind('@')?,
        _ => return None,
    };
    Some(Hidden { keep: 3, hide })
}

/// `Bearer …`, as in a header.
fn bearer(rest: &str, before: Option<char>) -> Option<Hidden> {
    let (start, after) = rest.split_at_checked(7)?;
    let known = start.eq_ignore_ascii_case("bearer ") && starts_word(before);
    token(after, known, 8, |c| {
        is_word(c) || matches!(c, '.' | '~' | '+' | '/' | '=')
    })
    .map(|found| Hidden { keep: 7, ..found })
}

/// `password=…`, `"secret": "…"`, `Authorization: …`, `--password …`.
fn assignment(rest: &str, before: Option<char>) -> Option<Hidden> {
    if before.is_some_and(is_word) {
        return None;
    }
    let name_end = run(rest, is_word);
    let name = rest[..name_end].to_ascii_lowercase();
    if !NAMES.iter().any(|secret| name.ends_with(secret)) {
        return None;
    }
    let keep = name_end + separator(&rest[name_end..], &name, before)?;
    let (quote, hide) = value(&rest[keep..], name.ends_with("authorization"));
    (hide > 0).then_some(Hidden {
        keep: keep + quote,
        hide,
    })
}

/// The length of what stands between a name and its value.
fn separator(text: &str, name: &str, before: Option<char>) -> Option<usize> {
    let quote = run(text, |c| matches!(c, '"' | '\'' | '\\'));
    let blank = run(&text[quote..], |c| c == ' ');
    let sign = run(&text[quote + blank..], |c| matches!(c, '=' | ':' | '>'));
    let space = run(&text[quote + blank + sign..], |c| matches!(c, ' ' | '\t'));
    let arn = before == Some(':') && text.starts_with(':'); // `…:secret:prod/db` is a name, not a value
    let flag = name.starts_with("--") && blank > 0;
    ((sign > 0 || flag) && !arn).then_some(quote + blank + sign + space)
}

/// The quotes before a value and the length of the value itself.
fn value(text: &str, whole_line: bool) -> (usize, usize) {
    let quote = run(text, |c| matches!(c, '"' | '\'' | '\\'));
    let inside = &text[quote..];
    let hide = match text[..quote].chars().last() {
        Some(close) => inside.find([close, '\n']).unwrap_or(inside.len()),
        None if whole_line => run(inside, |c| !matches!(c, '\n' | '"' | '\'')),
        None => run(inside, |c| {
            !c.is_whitespace() && !matches!(c, '&' | '"' | '\'')
        }),
    };
    (quote, hide)
}

/// A private key in PEM, up to its end or, where that is cut off, up to the end of the text.
fn private_key(rest: &str, _before: Option<char>) -> Option<Hidden> {
    let first = rest.lines().next()?;
    if !rest.starts_with("-----BEGIN ") || !first.contains("PRIVATE KEY-----") {
        return None;
    }
    Some(Hidden {
        keep: 0,
        hide: rest.find("-----END").unwrap_or(rest.len()),
    })
}
