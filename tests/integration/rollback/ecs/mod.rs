//! Services that ECS deploys by itself: rolling, blue/green, linear, canary.

mod endings;
mod failures;
mod golden;
mod inputs;
mod interrupts;
mod lag;
mod meanwhile;
mod paths;
mod previous;
mod returns;
pub mod setting;
mod split;
mod stops;
mod struggles;
mod writes;
