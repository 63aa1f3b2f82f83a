//! Plain HTTP: health endpoints that tests set up, and ECR's layer blobs.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::World;
use super::ecs::ServiceKey;

/// How an address answers.
#[derive(Clone, Debug)]
pub enum HttpAnswer {
    Fixed(u16, Vec<u8>),
    /// One after the other; the last repeats.
    Sequence(Vec<(u16, Vec<u8>)>),
    /// 200 while this digest serves all of the service's traffic, else 503.
    ServesOnly {
        service: ServiceKey,
        digest: String,
    },
    /// Connection refused.
    Refused,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Http {
    /// By URL prefix, with the number of requests answered.
    answers: BTreeMap<String, (HttpAnswer, usize)>,
}

impl World {
    /// Sets what every URL with this prefix answers. The longest prefix wins.
    pub fn set_http(&mut self, url_prefix: &str, answer: HttpAnswer) {
        self.http.answers.insert(url_prefix.to_owned(), (answer, 0));
    }

    /// Where layers are downloaded from, such as the loopback server's own address.
    pub fn set_blob_base(&mut self, url: &str) {
        self.ecr.blob_base = Some(url.trim_end_matches('/').to_owned());
    }

    /// Advances to `now` and answers a GET or a POST with status and body; None is a refused connection.
    pub fn http_get(&mut self, url: &str, now: SystemTime) -> Option<(u16, Vec<u8>)> {
        self.advance(now);
        if let Some((_, digest)) = url.split_once("/_blob/") {
            return Some(
                self.ecr
                    .blobs
                    .get(digest)
                    .map_or((404, Vec::new()), |blob| (200, blob.clone())),
            );
        }
        let mut matching = self
            .http
            .answers
            .iter_mut()
            .filter(|(prefix, _)| url.starts_with(prefix.as_str()));
        let first = matching.next()?;
        let (_, (answer, asked)) =
            matching.fold(first, |a, b| if b.0.len() > a.0.len() { b } else { a });
        let nth = *asked;
        *asked += 1;
        match answer.clone() {
            HttpAnswer::Fixed(status, body) => Some((status, body)),
            HttpAnswer::Sequence(answers) => answers.get(nth).or(answers.last()).cloned(),
            HttpAnswer::Refused => None,
            HttpAnswer::ServesOnly { service, digest } => {
                let serving = self.serving(&service.cluster, &service.service);
                let all = !serving.is_empty()
                    && serving
                        .iter()
                        .all(|part| part.digest.as_deref() == Some(digest.as_str()));
                Some(if all {
                    (200, b"ok".to_vec())
                } else {
                    (503, b"wrong version".to_vec())
                })
            }
        }
    }
}
