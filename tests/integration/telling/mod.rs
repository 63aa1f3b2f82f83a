//! What people and later steps read: log, summary, outputs.

mod balancers;
mod by_hand;
mod causes;
mod causes_of_failure;
mod hostile;
mod inputs;
mod names;
pub mod notified;
mod outputs;
mod refusals;
mod seldom;
mod summaries;
mod turns;
