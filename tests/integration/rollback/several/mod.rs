//! Several services in one run.

mod beside;
mod endings;
mod golden;
mod inputs;
mod interrupts;
mod neighbours;
mod notified;
mod refused;
pub mod setting;
mod shared;
mod slow;
mod thrifty;
mod writes;
