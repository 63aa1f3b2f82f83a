//! Faults as small rules that compose: which calls, which of them, and what strikes. Every rule counts the calls
//! that fit it, also those that another rule decides; delays of several rules add up, and the first rule with any
//! other effect decides. `Effect::Pass` decides too: it shields a call from the rules after it.

mod effect;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::aws::Service;
pub use effect::Effect;

type Condition = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A fault and the calls that it strikes: all that fit, until one of the counting methods narrows it.
#[derive(Clone)]
pub struct Rule {
    calls: Fits,
    condition: Option<Condition>,
    which: Which,
    effect: Effect,
    seen: u64,
}

#[derive(Clone, Debug)]
enum Fits {
    EveryCall,
    Service(Service),
    Operation(String),
    Get(String),
}

#[derive(Clone, Copy, Debug)]
enum Which {
    All,
    First(u64),
    Nth(u64),
    After(u64),
    Every(u64),
}

/// What is asked, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    Aws {
        service: Service,
        operation: &'a str,
        input: &'a Value,
    },
    Get {
        url: &'a str,
    },
}

/// What the rules make of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub delay: Duration,
    pub effect: Effect,
}

impl Rule {
    /// Strikes calls of one operation, for example `CreateDeployment`.
    pub fn on(operation: &str, effect: Effect) -> Self {
        Self::new(Fits::Operation(operation.to_owned()), effect)
    }

    /// Strikes every call to one service.
    pub fn on_service(service: Service, effect: Effect) -> Self {
        Self::new(Fits::Service(service), effect)
    }

    /// Strikes every call to AWS; plain GETs are none.
    pub fn on_every_call(effect: Effect) -> Self {
        Self::new(Fits::EveryCall, effect)
    }

    /// Strikes plain GETs and POSTs whose URL contains `part`, for example `/health`.
    pub fn on_get(part: &str, effect: Effect) -> Self {
        Self::new(Fits::Get(part.to_owned()), effect)
    }

    fn new(calls: Fits, effect: Effect) -> Self {
        Self {
            calls,
            condition: None,
            which: Which::All,
            effect,
            seen: 0,
        }
    }

    /// Only calls whose input fulfils `condition`; others are not counted.
    #[must_use]
    pub fn when(mut self, condition: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Arc::new(condition));
        self
    }

    /// Only ECS calls that name this service, alone or among others, by its name or its ARN: where IAM denies one of
    /// the resources that a request names, it denies the whole call (?).
    #[must_use]
    pub fn naming_service(self, service: &str) -> Self {
        let service = service.to_owned();
        self.when(move |input| named_services(input).any(|named| named == service))
    }

    /// Only the first `n` calls.
    #[must_use]
    pub fn first(self, n: u64) -> Self {
        self.which(Which::First(n))
    }

    /// Only the `n`th call, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        self.which(Which::Nth(n))
    }

    /// Only the calls after the first `n`.
    #[must_use]
    pub fn after(self, n: u64) -> Self {
        self.which(Which::After(n))
    }

    /// Only the `n`th, `2n`th, `3n`th, … call.
    #[must_use]
    pub fn every(self, n: u64) -> Self {
        self.which(Which::Every(n))
    }

    fn which(mut self, which: Which) -> Self {
        self.which = which;
        self
    }

    fn fits(&self, asked: Asked<'_>) -> bool {
        let condition = |input| {
            self.condition
                .as_ref()
                .is_none_or(|condition| condition(input))
        };
        match (&self.calls, asked) {
            (Fits::Get(part), Asked::Get { url }) => url.contains(part.as_str()),
            (Fits::EveryCall, Asked::Aws { input, .. }) => condition(input),
            (Fits::Service(wanted), Asked::Aws { service, input, .. }) => {
                *wanted == service && condition(input)
            }
            (
                Fits::Operation(wanted),
                Asked::Aws {
                    operation, input, ..
                },
            ) => wanted == operation && condition(input),
            _ => false,
        }
    }

    /// Counts a call that fits and says whether this rule strikes it.
    fn strikes(&mut self, asked: Asked<'_>) -> bool {
        if !self.fits(asked) {
            return false;
        }
        self.seen += 1;
        match self.which {
            Which::All => true,
            Which::First(n) => self.seen <= n,
            Which::Nth(n) => self.seen == n,
            Which::After(n) => self.seen > n,
            Which::Every(n) => self.seen.checked_rem(n) == Some(0),
        }
    }
}

/// The services that an ECS request names, each without what goes before the name in an ARN.
fn named_services(input: &Value) -> impl Iterator<Item = &str> {
    let alone = ["service", "serviceName"].map(|member| &input[member]);
    let among = input["services"].as_array().into_iter().flatten();
    let given = alone.into_iter().chain(among).filter_map(Value::as_str);
    given.filter_map(|given| given.rsplit('/').next())
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} of {:?}: {:?} ({} seen)",
            self.which, self.calls, self.effect, self.seen
        )
    }
}

/// Lets every rule see the call.
pub fn verdict(rules: &mut [Rule], asked: Asked<'_>) -> Verdict {
    let mut delay = Duration::ZERO;
    let mut decided = None;
    for rule in rules {
        if rule.strikes(asked) {
            match &rule.effect {
                Effect::Delay(more) => delay += *more,
                other => decided = decided.or_else(|| Some(other.clone())),
            }
        }
    }
    Verdict {
        delay,
        effect: decided.unwrap_or(Effect::Pass),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn struck(rule: Rule, calls: usize) -> Vec<bool> {
        let mut rules = [rule];
        let input = json!({});
        let asked = Asked::Aws {
            service: Service::Ecs,
            operation: "ListTasks",
            input: &input,
        };
        (0..calls)
            .map(|_| verdict(&mut rules, asked).effect != Effect::Pass)
            .collect()
    }

    #[test]
    fn counting_narrows_a_rule() {
        let rule = || Rule::on("ListTasks", Effect::Throttle);
        assert_eq!(struck(rule(), 3), [true, true, true]);
        assert_eq!(struck(rule().first(2), 4), [true, true, false, false]);
        assert_eq!(struck(rule().nth(2), 4), [false, true, false, false]);
        assert_eq!(struck(rule().after(2), 4), [false, false, true, true]);
        assert_eq!(struck(rule().every(2), 4), [false, true, false, true]);
        assert_eq!(struck(rule().every(0), 2), [false, false]);
    }

    #[test]
    fn a_rule_strikes_only_what_it_names() {
        assert_eq!(
            struck(Rule::on("ListTaskSets", Effect::Throttle), 1),
            [false]
        );
        assert_eq!(
            struck(Rule::on_service(Service::Ecs, Effect::Throttle), 1),
            [true]
        );
        assert_eq!(
            struck(Rule::on_service(Service::Ecr, Effect::Throttle), 1),
            [false]
        );
        assert_eq!(struck(Rule::on_every_call(Effect::Throttle), 1), [true]);
        assert_eq!(struck(Rule::on_get("", Effect::Throttle), 1), [false]);
        assert_eq!(
            struck(
                Rule::on_every_call(Effect::Throttle).when(|input| input["cluster"] == "a"),
                1
            ),
            [false]
        );
        let get = Asked::Get {
            url: "http://web1.test/health",
        };
        let mut rules = [
            Rule::on_every_call(Effect::Throttle),
            Rule::on_get("/health", Effect::ResetBefore).nth(1),
        ];
        assert_eq!(verdict(&mut rules, get).effect, Effect::ResetBefore);
        assert_eq!(verdict(&mut rules, get).effect, Effect::Pass);
    }

    #[test]
    fn a_rule_may_be_about_one_service() {
        let arn = |service: &str| format!("arn:aws:ecs:eu-west-1:1:service/prod/{service}");
        let strikes = |input: Value| {
            let rule = Rule::on_service(Service::Ecs, Effect::Throttle).naming_service("cron1");
            let asked = Asked::Aws {
                service: Service::Ecs,
                operation: "DescribeServices",
                input: &input,
            };
            verdict(&mut [rule], asked).effect != Effect::Pass
        };
        for named in [
            json!({ "services": ["cron1"] }),
            json!({ "services": ["web1", "cron1"] }),
            json!({ "services": [arn("web1"), arn("cron1")] }),
            json!({ "service": "cron1" }),
            json!({ "service": arn("cron1") }),
            json!({ "serviceName": "cron1" }),
        ] {
            assert!(strikes(named.clone()), "{named}");
        }
        for other in [
            json!({ "services": ["web1", "cron10"] }),
            json!({ "services": [arn("web1")] }),
            json!({ "service": "web1" }),
            json!({ "cluster": "cron1" }),
            json!({}),
        ] {
            assert!(!strikes(other.clone()), "{other}");
        }
    }

    #[test]
    fn delays_add_up_and_the_first_other_effect_decides() {
        let second = Duration::from_secs(1);
        let mut rules = [
            Rule::on_every_call(Effect::Delay(second)),
            Rule::on("ListTasks", Effect::Pass).first(1),
            Rule::on("ListTasks", Effect::Throttle).first(2),
            Rule::on_every_call(Effect::Delay(second)),
        ];
        let input = json!({});
        let asked = Asked::Aws {
            service: Service::Ecs,
            operation: "ListTasks",
            input: &input,
        };
        let effects: Vec<_> = (0..3).map(|_| verdict(&mut rules, asked)).collect();
        assert!(effects.iter().all(|verdict| verdict.delay == 2 * second));
        let effects: Vec<_> = effects.into_iter().map(|verdict| verdict.effect).collect();
        assert_eq!(effects, [Effect::Pass, Effect::Throttle, Effect::Pass]);
    }
}
