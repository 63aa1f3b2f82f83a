//! Whole stories on the simulator, in virtual time: the same topics for either controller.

pub mod codedeploy;
pub mod ecs;
mod moved;

pub mod several;
