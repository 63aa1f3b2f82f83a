//! Delimiters nobody can guess: for `::stop-commands::` and for outputs of several lines.

/// 16 bytes from the operating system, in hexadecimal.
pub(super) fn random() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_tokens_differ() {
        assert_eq!(super::random().len(), 32);
        assert_ne!(super::random(), super::random());
    }
}
