//! A deterministic AWS in one process: ECS, ECR, CodeDeploy, CloudWatch Logs and SNS, as far as a rollback touches
//! them. It knows nothing of the action that is tested with it.
//!
//! One [`world::World`] holds the state and moves it along a clock. Three fronts lead to it, all of them through
//! [`Sim`]:
//!
//! 1. **The connector** ([`Sim::http_client`]): an HTTP client for the AWS SDK for Rust. Nothing leaves the
//!    process, and with tokio's paused time a deployment of three minutes takes milliseconds.
//! 2. **The server** ([`Server`]): the same over HTTP on the loopback interface, for real binaries, the AWS CLI,
//!    boto3. Real time, with a speed factor.
//! 3. **Inspection** ([`Sim::world`], [`Sim::calls`], [`Sim::violations`]): what tests look at.
//!
//! A request goes this way: `connector` or `server` → `arrival`: `wire` and `query` (is it AWS's protocol, who signed it?) → `record`
//! → `model` (does AWS's own model allow it?) → `rules` (which fault strikes?) → `exchange`: `rates` (too often?)
//! → `world` → `model` again, for the answer → back. What the model does not allow is refused *and* kept as a [`Violation`], so that a test
//! which never looked at the answer still fails.
//!
//! `aws` and `cloud` are the seam between all this and the world.

pub mod aws;
pub mod cloud;
pub mod model;
pub mod record;
pub mod rules;
pub mod wire;
pub mod world;

mod arrival;
mod body;
mod clock;
mod connector;
mod exchange;
mod query;
mod rates;
mod server;
mod sim;
mod skew;

#[cfg(test)]
mod exchange_tests;
#[cfg(test)]
mod fronts_tests;
#[cfg(test)]
mod scripted;

pub use clock::SimClock;
pub use exchange::Broken;
pub use model::check::{Document, Violation};
pub use record::{Answered, Call, Calls};
pub use rules::{Effect, Rule};
pub use server::Server;
pub use sim::Sim;
