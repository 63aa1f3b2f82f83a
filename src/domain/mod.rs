//! Pure knowledge of ECS, CodeDeploy and ECR: no I/O, and no decisions.

pub mod appspec;
pub mod commands;
pub mod config_diff;
pub mod console_links;
pub mod deployment;
pub mod deployment_group;
mod document;
pub mod image;
pub mod past;
pub mod platform;
pub mod service;
pub mod service_deployment;
pub mod tags;
pub mod task_definition;
