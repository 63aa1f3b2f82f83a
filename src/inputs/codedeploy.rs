//! The inputs that only count where CodeDeploy deploys the service.

use super::{
    reader::Reader,
    text,
    values::{AppSpecInput, DeploymentConfig},
};
use crate::{
    domain::appspec::AppSpec,
    names::{ApplicationName, GroupName},
    outside::OutsideText,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CodeDeployInputs {
    /// `None`: it is discovered.
    pub application: Option<ApplicationName>,
    /// `None`: it is discovered.
    pub group: Option<GroupName>,
    /// `None`: it is generated.
    pub appspec: Option<AppSpecInput>,
    pub deployment_config: DeploymentConfig,
}

pub(super) fn read(reader: &mut Reader<'_>) -> CodeDeployInputs {
    CodeDeployInputs {
        application: reader.optional("codedeploy-application", text::application),
        group: reader.optional("codedeploy-deployment-group", text::group),
        appspec: read_appspec(reader),
        deployment_config: reader.value("codedeploy-deployment-config", text::deployment_config),
    }
}

fn read_appspec(reader: &mut Reader<'_>) -> Option<AppSpecInput> {
    let path = reader.given("codedeploy-appspec")?;
    let text = reader.files.text("codedeploy-appspec", path);
    let document = text.and_then(|text| AppSpec::parse(&text, path));
    Some(AppSpecInput {
        path: OutsideText::new(path),
        document: reader.keep(document)?,
    })
}
