//! What random worlds of several services have found: each situation by its name, with the seed that met it first.
