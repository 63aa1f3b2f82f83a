//! The repository of a service's images, for whoever asks about nothing else of it.

use super::{reader::Reader, service};
use crate::{aws::Aws, clock::Clock, error::Problems, inputs::Inputs, names::Repository};

/// Where the images of the service are looked for.
///
/// # Errors
/// Every read that did not work, and a service that can't be rolled back.
pub(crate) async fn find_repository(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
) -> Result<Repository, Problems> {
    let reader = Reader {
        aws,
        inputs,
        clock,
        spec: None,
    };
    let state = service(reader, &|_| {}).await?;
    Ok(state.running.repository)
}
