//! What a CodeDeploy group does: take over from its active deployment, create one, follow it.

pub mod create;
mod ended;
pub mod follow;
pub mod progress;
pub mod take_over;
