//! What looks like a credential, found without a list: small scanners that look at one place of a text.

/// At a place in a text: keep so many bytes, hide so many after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    pub keep: usize,
    pub hide: usize,
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
    let found = SCANNERS.iter().find_map(|scan| scan(rest, before))?;
    // What is hidden already stays as it is, or each look would add to the stars.
    (!rest[found.keep..].starts_with("***")).then_some(found)
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
    // `xoxb-`, `xoxp-`, …: Slack's bots, people and apps.
    let slack = rest.starts_with("xox") && rest.as_bytes().get(4) == Some(&b'-');
    let known = slack || TOKEN_PREFIXES.iter().any(|prefix| rest.starts_with(prefix));
    token(rest, known && starts_word(before), 14, is_word)
}

/// A JSON web token: three parts in base64url, the first of which is an object.
fn web_token(rest: &str, before: Option<char>) -> Option<Hidden> {
    // `{"` in base64.
    let known = rest.starts_with("eyJ") && starts_word(before);
    let found = token(rest, known, 20, |c| is_word(c) || c == '.')?;
    let dots = rest[..found.hide].matches('.').count();
    (dots >= 2).then_some(found)
}

/// `user:password@` of a URL, also when the password holds a `/`.
fn user_information(rest: &str, _before: Option<char>) -> Option<Hidden> {
    let after = rest.strip_prefix("://")?;
    let near = &after[..after.floor_char_boundary(URL_MAX)];
    let ends_url = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let url = &near[..run(near, |c| !ends_url(c))];
    Some(Hidden {
        keep: "://".len(),
        hide: user_information_end(url)?,
    })
}

/// Where the host begins in a URL without its scheme: at the `@`.
fn user_information_end(url: &str) -> Option<usize> {
    let authority = &url[..run(url, |c| !matches!(c, '/' | '?' | '#'))];
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

/// `Bearer …`, as in a header.
fn bearer(rest: &str, before: Option<char>) -> Option<Hidden> {
    let (start, after) = rest.split_at_checked(7)?;
    let known = start.eq_ignore_ascii_case("bearer ") && starts_word(before);
    // RFC 6750, 2.1: what a bearer token may consist of.
    let is_part = |c| is_word(c) || matches!(c, '.' | '~' | '+' | '/' | '=');
    let found = token(after, known, 8, is_part)?;
    Some(Hidden { keep: 7, ..found })
}

/// `password=…`, `"secret": "…"`, `Authorization: …`, `--password …`.
fn assignment(rest: &str, before: Option<char>) -> Option<Hidden> {
    // A name is looked at from its first character on: `DB_PASSWORD`.
    if before.is_some_and(is_word) {
        return None;
    }
    let mut cursor = Cursor { text: rest, at: 0 };
    cursor.skip(is_word);
    let name = rest[..cursor.at].to_ascii_lowercase();
    if !NAMES.iter().any(|secret| name.ends_with(secret)) {
        return None;
    }
    // `…:secret:prod/db` is a part of an ARN, and what follows is a name.
    if before == Some(':') && cursor.rest().starts_with(':') {
        return None;
    }
    if !skip_sign(&mut cursor, &name) {
        return None;
    }
    let hide = value_length(&mut cursor, name.ends_with("authorization"));
    (hide > 0).then_some(Hidden {
        keep: cursor.at,
        hide,
    })
}

/// Goes past what stands between a name and its value; `false` where nothing says that a value follows.
fn skip_sign(cursor: &mut Cursor, name: &str) -> bool {
    cursor.skip(is_quote);
    let blanks = cursor.skip(|c| c == ' ');
    let signs = cursor.skip(|c| matches!(c, '=' | ':' | '>'));
    cursor.skip(|c| matches!(c, ' ' | '\t'));
    // Blanks alone separate only a flag from its value: "the token is expired" tells no secret.
    signs > 0 || name.starts_with("--") && blanks > 0
}

/// The length of a value in bytes; the cursor is moved past the quotes in front of it.
fn value_length(cursor: &mut Cursor, is_header: bool) -> usize {
    let quotes = cursor.skip(is_quote);
    let value = cursor.rest();
    if quotes > 0 {
        // In JSON inside JSON (`\"password\":\"…\"`) the last of them is what closes the value.
        let close = cursor.text[..cursor.at].chars().next_back();
        return run(value, |c| Some(c) != close && c != '\n');
    }
    run(value, |c| match c {
        '"' | '\'' | '\n' => false,
        // A header's value has blanks in it: `Authorization: Basic dXNl…`.
        _ if is_header => true,
        _ => c != '&' && !c.is_whitespace(),
    })
}

/// Walks through a text from its front.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Goes past all characters of this kind and says how many bytes they have.
    fn skip(&mut self, kind: impl Fn(char) -> bool) -> usize {
        let length = run(self.rest(), kind);
        self.at += length;
        length
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\')
}

/// A private key in PEM, up to its end or, where that is cut off, up to the end of the text.
fn private_key(rest: &str, _before: Option<char>) -> Option<Hidden> {
    let first = rest.lines().next()?;
    if !rest.starts_with("-----BEGIN ") || !first.contains("PRIVATE KEY-----") {
        return None;
    }
    // A log may cut a key off: without its end, nothing behind its start can be shown.
    Some(Hidden {
        keep: 0,
        hide: rest.find("-----END").unwrap_or(rest.len()),
    })
}
