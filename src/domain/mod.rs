//! Pure knowledge of ECS, CodeDeploy, ECR and schema migrations: no I/O, and no decisions.

pub(crate) mod appspec;
pub(crate) mod clue;
pub(crate) mod commands;
pub(crate) mod config_diff;
pub(crate) mod console_links;
pub(crate) mod deployment;
pub(crate) mod deployment_group;
mod document;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the run does not read GitHub yet")
)]
pub(crate) mod floor;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the run does not read GitHub yet")
)]
pub(crate) mod globs;
pub(crate) mod image;
pub(crate) mod image_config;
pub(crate) mod log;
pub(crate) mod log_location;
pub(crate) mod migrations;
pub(crate) mod past;
mod placeholder;
pub(crate) mod platform;
pub(crate) mod service;
pub(crate) mod service_deployment;
pub(crate) mod stopped;
pub(crate) mod tags;
pub(crate) mod task_definition;
pub(crate) mod task_stop;
