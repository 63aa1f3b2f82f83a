//! Ids that look like AWS's own, derived from a counter: the same story gets the same ids.

use sha2::{Digest, Sha256};

#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    issued: u64,
}

impl Ids {
    /// `d-` and nine upper-case alphanumerics.
    pub(crate) fn deployment(&mut self) -> String {
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut bits = self.next();
        let mut id = String::from("d-");
        for _ in 0..9 {
            id.push(char::from(ALPHABET[(bits % 36) as usize]));
            bits /= 36;
        }
        id
    }

    /// 32 hexadecimal digits, as in a task's ARN.
    pub(crate) fn task(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// `ecs-svc/` and 19 digits.
    pub(crate) fn task_set(&mut self) -> String {
        format!("ecs-svc/{:019}", self.next() % 10_000_000_000_000_000_000)
    }

    /// 21 letters, as in a service deployment's ARN.
    pub(crate) fn service_deployment(&mut self) -> String {
        self.task()[..21].to_owned()
    }

    /// 19 digits, as in a service revision's ARN.
    pub(crate) fn service_revision(&mut self) -> String {
        format!("{:019}", self.next() % 10_000_000_000_000_000_000)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.task();
        format!(
            "{}-{}-4{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }

    // splitmix64: every number of the counter to another, well spread one
    fn next(&mut self) -> u64 {
        self.issued += 1;
        let mut z = self.issued.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
