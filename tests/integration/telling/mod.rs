//! What people and later steps read: log, summary, outputs.

mod hostile;
mod names;
mod outputs;
mod refusals;
