//! How often AWS lets itself be asked: token buckets, one per quota and region, since there is one account. Each call
//! takes a token, and a call that finds none is throttled.

mod quotas;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use crate::aws::Service;
pub(crate) use quotas::{PUBLISHED, UNCONFIRMED_CODEDEPLOY};

/// A bucket that some operations share.
#[derive(Debug)]
pub(crate) struct Quota {
    /// As AWS calls it.
    name: &'static str,
    service: Service,
    operations: &'static [&'static str],
    /// How many tokens a full bucket holds: the calls that may come at once.
    burst: u32,
    /// How many tokens come back in a second.
    per_second: u32,
}

/// Buckets and tokens in one simulation.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    quotas: Vec<&'static Quota>,
    /// By region and quota. A bucket is full until its first call.
    buckets: HashMap<(String, &'static str), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// In billionths of a token, so that one nanosecond brings a whole number of them.
    level: u64,
    filled_at: Duration,
}

const TOKEN: u64 = 1_000_000_000;

impl Rates {
    pub(crate) fn add(&mut self, quotas: &'static [Quota]) {
        self.quotas.extend(quotas);
    }

    /// Whether a call at this time, counted from the simulation's start, finds a token, which it then takes. A
    /// throttled call takes none. An operation without a quota is never throttled.
    pub(crate) fn admit(
        &mut self,
        service: Service,
        operation: &str,
        region: &str,
        at: Duration,
    ) -> bool {
        let mut quotas = self.quotas.iter();
        let Some(quota) = quotas.find(|quota| quota.is_for(service, operation)) else {
            return true;
        };
        let full = u64::from(quota.burst) * TOKEN;
        let key = (region.to_owned(), quota.name);
        let bucket = self.buckets.entry(key).or_insert(Bucket {
            level: full,
            filled_at: at,
        });
        bucket.refill(quota.per_second, full, at);
        bucket.take()
    }
}

impl Quota {
    fn is_for(&self, service: Service, operation: &str) -> bool {
        self.service == service && self.operations.contains(&operation)
    }
}

impl Bucket {
    /// Continuously: by AWS's own example, 20 tokens a second fill an empty bucket of 50 in 2.5 seconds.
    fn refill(&mut self, per_second: u32, full: u64, at: Duration) {
        let since = at.saturating_sub(self.filled_at).as_nanos();
        let more = u64::try_from(since).unwrap_or(u64::MAX);
        let more = more.saturating_mul(u64::from(per_second));
        self.level = self.level.saturating_add(more).min(full);
        self.filled_at = at;
    }

    fn take(&mut self) -> bool {
        let left = self.level.checked_sub(TOKEN);
        self.level = left.unwrap_or(self.level);
        left.is_some()
    }
}
