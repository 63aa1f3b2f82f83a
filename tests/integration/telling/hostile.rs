//! Nothing from outside can be taken for a workflow command.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};

use crate::harness::Step;
use crate::matrix::codes::{TABLE, When, name};

#[tokio::test(start_paused = true)]
async fn a_tag_that_looks_like_a_command_is_refused_by_its_name() {
    let step = Step::web1("v1%0A::error::x");
    let done = step.run().await;
    done.refused(&step, "bad-input");
    assert!(step.sim.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_aws_says_can_be_no_command() {
    let hostile = "no\n::set-output name=outcome::rolled-back\r\n  ::stop-commands::x\n##[error]boo ##[group]\u{1b}[31mred\u{1b}]0;title\u{7}\n::add-mask::v1\u{2028}::error::z";
    for (operation, when) in TABLE {
        let When::Before(step) = when else { continue };
        for code in [
            "AccessDeniedException",
            "SomethingNewException",
            "::error::Exception",
        ] {
            let step = step();
            step.sim.rule(Rule::on(
                name(operation),
                Effect::Fail(AwsError::client(code, hostile)),
            ));
            let done = step.run().await;
            done.shown();
            assert_eq!(done.exit, 2, "{}", done.log);
            assert_eq!(done.output("outcome"), "refused", "{}", done.log);
        }
    }
    let reason = "::set-output name=outcome::x ##[error]boo | <img src=x> @org/team `rm`";
    let step = Step::web1("v1.0.0")
        .input("reason", reason)
        .variable("GITHUB_ACTOR", hostile);
    let done = step.run().await;
    done.rolled_back(&step);
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!("what_aws_says_can_be_no_command_summary", done.summary);
}
