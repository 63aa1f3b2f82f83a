//! The service as it is, before anything is asked about a target.

use super::{prefetch::Prefetch, running_service::RunningService};

/// The service with the state of its deployment controller; no target is needed to know it.
pub(super) struct ServiceState<Controller> {
    pub running: RunningService,
    pub controller: Controller,
    pub prefetch: Prefetch,
}

impl<Observed> ServiceState<Observed> {
    /// The same service, where both controllers have one type.
    pub(super) fn of<Controller>(
        self,
        controller: impl FnOnce(Box<Observed>) -> Controller,
    ) -> ServiceState<Controller> {
        ServiceState {
            running: self.running,
            controller: controller(Box::new(self.controller)),
            prefetch: self.prefetch,
        }
    }
}
