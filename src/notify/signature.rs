//! The signature of an event, as GitHub signs its own webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::inputs::Secret;

pub(super) const HEADER: &str = "x-signature-256";

/// `sha256=` and the HMAC-SHA256 (RFC 2104) of exactly these bytes, in lower-case hexadecimal.
pub(super) fn sign(secret: &Secret, body: &[u8]) -> String {
    let key = secret.as_str().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        text += &format!("{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's guide "Validating webhook deliveries".
    #[test]
    fn the_signature_is_the_one_that_githubs_guide_computes() {
        let secret = Secret::new("It's a Secret to Everybody");
        assert_eq!(
            sign(&secret, b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }
}
