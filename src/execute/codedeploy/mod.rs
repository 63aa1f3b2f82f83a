//! What CodeDeploy does: a deployment is taken over, created, and followed.

mod create;
mod ended;
mod progress;
mod take_over;
mod watch;

pub(crate) use watch::Watch;
