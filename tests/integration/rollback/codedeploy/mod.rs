//! Services that CodeDeploy deploys: blue/green, with a deployment group.

mod appspec;
mod commits;
mod discovery;
mod endings;
mod failures;
mod files;
mod golden;
mod inputs;
mod interrupts;
mod meanwhile;
mod paths;
mod platforms;
mod previous;
mod returns;
pub mod setting;
mod split;
mod stops;
mod struggles;
mod task_definitions;
mod versions;
mod writes;
