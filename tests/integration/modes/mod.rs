//! The modes beside `rollback`, as whole stories on the simulator in virtual time.

mod history;
mod mark_stable;
