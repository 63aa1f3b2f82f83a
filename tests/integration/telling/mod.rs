//! What people and later steps read: log, summary, outputs.

mod hostile;
mod outputs;
mod refusals;
