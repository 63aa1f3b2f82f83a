//! What a CodeDeploy group does: take over from its active deployment, create one, follow it.

pub mod create;
pub mod follow;
pub mod take_over;
