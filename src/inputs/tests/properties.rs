//! What holds for any environment.

use std::time::Duration;

use proptest::prelude::*;

use super::{file, variable};
use crate::{
    error::Code,
    inputs::{Environment, INPUTS, read},
};

/// Values that are almost valid, and any other text.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => any::<String>(),
        3 => "[a-z0-9:/~.@_-]{0,40}",
        1 => "(sha256:[0-9a-fA-F]{60,70}|previous~?[0-9]{0,3}|[0-9]{1,25}(ms|s|m|h|d)?([0-9]{1,3}m)?)",
        1 => "arn:aws:ecs:(eu-west-1|us-east-1|x):123456789012:(cluster|service|task-definition)/[a-z/:0-9]{0,12}",
        1 => "(https?|ftp)://[a-z@:.\\[\\]0-9]{0,20}(/[ -~]{0,10})?",
        2 => Just(String::new()),
    ]
}

fn environment() -> impl Strategy<Value = Environment> {
    let declared = prop::sample::select(INPUTS).prop_map(|spec| variable(spec.name));
    let others = prop_oneof![
        Just("AWS_REGION".to_owned()),
        Just("GITHUB_WORKSPACE".to_owned()),
        "(?i)input_[ -~]{0,12}",
        any::<String>()
    ];
    let given = prop::collection::vec((prop_oneof![4 => declared, 1 => others], value()), 0..12);
    (any::<bool>(), given).prop_map(|(usable, given)| {
        let base = [("INPUT_SERVICE", "web1"), ("AWS_REGION", "eu-west-1")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()));
        base.into_iter().filter(|_| usable).chain(given).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_environment_gives_valid_inputs_or_coded_problems(environment in environment()) {
        match read(&environment, &file) {
            Ok(services) => {
                prop_assert!((1..=50).contains(&services.len()));
                for inputs in &services {
                    prop_assert!(inputs.timeout > Duration::ZERO && inputs.timeout <= Duration::from_secs(432_000));
                    prop_assert!(!inputs.service.as_str().is_empty() && inputs.service.as_str().len() <= 255);
                    prop_assert!(!inputs.cluster.as_str().is_empty() && !inputs.region.as_str().is_empty());
                }
                prop_assert_eq!(read(&environment, &file), Ok(services));
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let codes = [Code::BadInput, Code::FileUnreadable, Code::RegionMissing, Code::RegistryUnsupported];
                for problem in problems {
                    prop_assert!(codes.contains(&problem.code));
                    prop_assert!(!problem.message.is_empty() && !problem.hint.is_empty());
                    let text = problem.message.clone() + &problem.hint;
                    prop_assert!(!text.chars().any(char::is_control), "{:?}", problem);
                    prop_assert!(text.chars().count() < 1_200, "{:?}", problem);
                }
            }
        }
    }
}
