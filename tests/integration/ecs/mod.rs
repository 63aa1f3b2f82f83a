//! Services that ECS deploys by itself: rolling, blue/green, linear, canary.

mod golden;
mod paths;
mod setting;
