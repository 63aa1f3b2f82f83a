//! The modes beside `rollback`, as whole stories on the simulator in virtual time.

mod check;
mod history;
mod mark_stable;
mod several;
