//! CodeDeploy's own rollback: another deployment that puts traffic back and removes the green task set.

use super::super::World;
use super::super::time::Event;
use super::AutoRollback;
use super::create::NewDeployment;
use super::deployment::Deployment;

impl World {
    pub(super) fn plan_rollback(&mut self, of: &str, message: String) {
        self.later(
            self.pace.rollback_starts,
            Event::StartRollback {
                of: of.to_owned(),
                message,
            },
        );
    }

    pub(in super::super) fn start_rollback(&mut self, of: &str, message: &str) {
        let undone = self.codedeploy.deployments[of].clone();
        let (application, group) = (undone.application.as_str(), undone.group.as_str());
        let newest = self
            .group(application, group)
            .ok()
            .and_then(|group| group.last_attempted.clone());
        if newest.as_deref() != Some(of) {
            self.deployment_mut(of).rollback_message = Some(
                "The rollback could not be started: another deployment came first.".to_owned(),
            );
            return;
        }
        let last_good = self
            .group(application, group)
            .ok()
            .and_then(|group| group.last_successful.clone());
        let last_good = last_good.and_then(|id| self.codedeploy.deployments.get(&id));
        let Some(revision) = last_good.map(|deployment| deployment.revision.clone()) else {
            return self.reroute_without_deployment(&undone);
        };
        let id = self.add_deployment(NewDeployment {
            application: application.to_owned(),
            group: group.to_owned(),
            revision,
            config: None,
            description: None,
            creator: "codeDeployRollback".to_owned(),
            auto_rollback: Some(AutoRollback::default()),
            override_alarms: None,
        });
        self.turn_round(&id, &undone, message);
        self.later(
            self.pace.rollback_link,
            Event::LinkRollback {
                of: of.to_owned(),
                rollback: id,
            },
        );
    }

    // the task set that lost the traffic gets it back
    fn turn_round(&mut self, id: &str, undone: &Deployment, message: &str) {
        let receiver = undone.giver.clone().or_else(|| self.primary_of(undone));
        let giver = undone.receiver.clone();
        let labels = if self.switches.rollback_keeps_labels {
            ["Green", "Blue"]
        } else {
            ["Blue", "Green"]
        };
        let sides = [(labels[0], &giver), (labels[1], &receiver)];
        let sides = sides
            .into_iter()
            .filter_map(|(label, set)| Some((label, set.as_deref()?)));
        let sides = sides
            .map(|(label, set)| self.new_side(&undone.service, label, set))
            .collect();
        let rollback = self.deployment_mut(id);
        rollback.sides = sides;
        rollback.receiver = receiver;
        rollback.giver = giver;
        rollback.undoes = Some(undone.id.clone());
        rollback.rollback_message = Some(message.to_owned());
    }

    fn primary_of(&self, deployment: &Deployment) -> Option<String> {
        let service = self.ecs.services.get(&deployment.service)?;
        service.primary().map(|set| set.id.clone())
    }

    // a group's very first deployment has nothing to go back to but the task set itself
    fn reroute_without_deployment(&mut self, undone: &Deployment) {
        if let (Some(blue), Some(green)) = (&undone.giver, &undone.receiver) {
            self.set_weights(&undone.service, blue, green, 100.0);
            self.make_primary(&undone.service, blue);
            self.drain_task_set(&undone.service, green);
        }
        self.deployment_mut(&undone.id).rollback_message =
            Some("There is no earlier successful deployment to roll back to.".to_owned());
    }

    pub(in super::super) fn link_rollback(&mut self, of: &str, rollback: String) {
        let message = self.codedeploy.deployments[&rollback]
            .rollback_message
            .clone();
        let deployment = self.deployment_mut(of);
        deployment.undone_by = Some(rollback);
        deployment.rollback_message = message;
    }
}
