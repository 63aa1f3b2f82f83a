//! A repository's lifecycle policy, and the preview that somebody had ECR make of one. Both are only read:
//! `StartLifecyclePolicyPreview` would replace the preview that is there.

use aws_sdk_ecr::types::{
    ImageActionType, LifecyclePolicyPreviewResult, LifecyclePolicyPreviewStatus,
    LifecyclePolicyRuleAction, LifecyclePolicyTargetStorageClass,
};

use crate::{
    aws::{Aws, Failure, Operation, convert, count},
    boxed::boxed,
    domain::lifecycle::{Action, Mark, Preview},
    names::{ImageDigest, ImageSelector, Repository},
};

const GET_LIFECYCLE_POLICY: Operation = Operation::ecr("GetLifecyclePolicy");
const GET_LIFECYCLE_POLICY_PREVIEW: Operation = Operation::ecr("GetLifecyclePolicyPreview");

impl Aws {
    /// `GetLifecyclePolicy`: the policy's text; `None` where the repository has none.
    pub(crate) async fn get_lifecycle_policy(
        &self,
        repository: &Repository,
    ) -> Result<Option<String>, Failure> {
        let request = self
            .ecr(repository)
            .get_lifecycle_policy()
            .registry_id(&repository.registry)
            .repository_name(&repository.name);
        let none = ["LifecyclePolicyNotFoundException"];
        let read = boxed(|| async move {
            let answer = GET_LIFECYCLE_POLICY.answer_unless(&none, request.send().await)?;
            Ok(answer.and_then(|answer| answer.lifecycle_policy_text))
        });
        let policies = &self.together.lifecycle_policies;
        policies.share(repository.clone(), read).await
    }

    /// `GetLifecyclePolicyPreview` of up to 100 images; `None` where there is no preview.
    pub(crate) async fn get_lifecycle_policy_preview(
        &self,
        repository: &Repository,
        digests: &[ImageDigest],
    ) -> Result<Option<Preview>, Failure> {
        let digests = digests.iter().cloned();
        let selectors: Vec<_> = digests.map(ImageSelector::Digest).collect();
        let request = self
            .ecr(repository)
            .get_lifecycle_policy_preview()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
            .set_image_ids(super::identifiers(&selectors));
        let none = ["LifecyclePolicyPreviewNotFoundException"];
        let answer = GET_LIFECYCLE_POLICY_PREVIEW.answer_unless(&none, request.send().await)?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        Ok(Some(Preview {
            is_valid: answer.status == Some(LifecyclePolicyPreviewStatus::Complete),
            policy_text: answer.lifecycle_policy_text.unwrap_or_default(),
            marks: convert(answer.preview_results, mark_from),
        }))
    }
}

fn mark_from(result: LifecyclePolicyPreviewResult) -> Option<Mark> {
    Some(Mark {
        digest: ImageDigest::parse(&result.image_digest?)?,
        action: result.action.and_then(|action| action_from(&action)),
        priority: result.applied_rule_priority.map(count),
    })
}

fn action_from(action: &LifecyclePolicyRuleAction) -> Option<Action> {
    match (action.r#type.as_ref()?, &action.target_storage_class) {
        (ImageActionType::Expire, _) => Some(Action::Expire),
        (ImageActionType::Transition, Some(LifecyclePolicyTargetStorageClass::Archive)) => {
            Some(Action::Archive)
        }
        _ => None,
    }
}
