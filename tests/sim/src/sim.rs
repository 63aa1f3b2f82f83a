//! The simulation: a world, its clock, and what is done to callers. Cheap to clone; clones are the same simulation.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::SimClock;
use crate::cloud::Cloud;
use crate::model::check::Violation;
use crate::rates::{self, Rates};
use crate::record::{Call, Calls};
use crate::rules::Rule;
use crate::world::World;

/// A simulated AWS region, or rather the way to it.
pub struct Sim<W: Cloud = World> {
    state: Arc<Mutex<State<W>>>,
    pub(crate) clock: SimClock,
    pub(crate) latency: Duration,
    pub(crate) region: Arc<str>,
    /// By how many seconds AWS's clock is ahead of the callers'; without it, AWS shows and checks no time.
    pub(crate) ahead: Option<i64>,
}

pub(crate) struct State<W> {
    pub(crate) world: W,
    /// What callers find who signed for another region.
    pub(crate) elsewhere: Option<W>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) rates: Rates,
    pub(crate) calls: Vec<Call>,
    pub(crate) violations: Vec<Violation>,
    actors: Vec<Actor<W>>,
    /// How far the world has been moved, since the start.
    reached: Duration,
}

/// Something that somebody else does to the world.
struct Actor<W> {
    at: Duration,
    action: Box<dyn FnOnce(&mut W) + Send>,
}

impl<W: Cloud> Sim<W> {
    /// A simulation that begins at `start`, now, in `ap-northeast-2`, where calls take no time. Made inside the
    /// tokio runtime whose time it is to follow.
    pub fn new(world: W, start: SystemTime) -> Self {
        let state = State {
            world,
            elsewhere: None,
            rules: Vec::new(),
            rates: Rates::default(),
            calls: Vec::new(),
            violations: Vec::new(),
            actors: Vec::new(),
            reached: Duration::ZERO,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            clock: SimClock::new(start),
            latency: Duration::ZERO,
            region: Arc::from("ap-northeast-2"),
            ahead: None,
        }
    }

    /// Callers whose clocks are this many seconds behind AWS's, or ahead of it. As AWS does, each answer has its
    /// `Date`, and a signature of more than five minutes' difference is refused. To be set before the simulation is
    /// cloned.
    #[must_use]
    pub fn with_clocks_behind(self, seconds: i64) -> Self {
        Self {
            ahead: Some(seconds),
            ..self
        }
    }

    /// How long a call takes in virtual time, half of it before the world is asked and half of it after. To be
    /// set before the simulation is cloned.
    #[must_use]
    pub fn with_latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// How many times as fast as tokio's clock virtual time passes. To be set before the simulation is cloned.
    #[must_use]
    pub fn with_speed(self, speed: f64) -> Self {
        Self {
            clock: self.clock.with_speed(speed),
            ..self
        }
    }

    /// The region that the world is. To be set before the simulation is cloned.
    #[must_use]
    pub fn with_region(self, region: &str) -> Self {
        Self {
            region: Arc::from(region),
            ..self
        }
    }

    /// What callers find who signed for another region than the simulation's: usually an empty world. Without it,
    /// such a call is a violation.
    #[must_use]
    pub fn with_other_regions(self, world: W) -> Self {
        self.lock().elsewhere = Some(world);
        self
    }

    /// Throttles ECS and ECR at the rates that AWS publishes, with full buckets at the start. Without it, only rules
    /// and the world's switches throttle. A call that a rule fails takes no token.
    #[must_use]
    pub fn with_published_rates(self) -> Self {
        self.lock().rates.add(rates::PUBLISHED);
        self
    }

    /// Throttles CodeDeploy, too, at rates that nobody has confirmed: AWS publishes none.
    #[must_use]
    pub fn with_unconfirmed_codedeploy_rates(self) -> Self {
        self.lock().rates.add(rates::UNCONFIRMED_CODEDEPLOY);
        self
    }

    /// Adds a fault; see [`crate::rules`] for how several compose.
    pub fn rule(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// Takes all faults away.
    pub fn clear_rules(&self) {
        self.lock().rules.clear();
    }

    /// Another actor's deed, at a virtual time since the start. It happens before the first call or inspection at
    /// that time or later, with the world moved exactly to that time. The action must not use the simulation.
    pub fn at(&self, since_start: Duration, action: impl FnOnce(&mut W) + Send + 'static) {
        let mut state = self.lock();
        let place = state
            .actors
            .partition_point(|actor| actor.at <= since_start);
        state.actors.insert(
            place,
            Actor {
                at: since_start,
                action: Box::new(action),
            },
        );
    }

    /// Looks at the world, or changes it, as it is now. `look` must not use the simulation.
    pub fn world<R>(&self, look: impl FnOnce(&mut W) -> R) -> R {
        let mut state = self.lock();
        state.settle(&self.clock);
        look(&mut state.world)
    }

    /// The calls so far.
    pub fn calls(&self) -> Calls {
        Calls(self.lock().calls.clone())
    }

    /// What was asked or answered against AWS's model so far. A test ends by looking that there is nothing.
    pub fn violations(&self) -> Vec<Violation> {
        self.lock().violations.clone()
    }

    /// The virtual clock.
    pub fn clock(&self) -> SimClock {
        self.clock
    }

    /// A look or an action that panicked has already failed its test; others may still look.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Cloud> State<W> {
    /// Moves the world to the present, with every actor whose time has come, and says what time that is.
    pub(crate) fn settle(&mut self, clock: &SimClock) -> SystemTime {
        let elapsed = clock.elapsed();
        let due = self.actors.partition_point(|actor| actor.at <= elapsed);
        for actor in self.actors.drain(..due) {
            self.reached = self.reached.max(actor.at);
            self.world.advance(clock.at(self.reached));
            (actor.action)(&mut self.world);
        }
        self.reached = self.reached.max(elapsed);
        let now = clock.at(self.reached);
        self.world.advance(now);
        now
    }
}

impl<W: Cloud> Clone for Sim<W> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            clock: self.clock,
            latency: self.latency,
            region: Arc::clone(&self.region),
            ahead: self.ahead,
        }
    }
}

impl<W: Cloud> fmt::Debug for Sim<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("region", &self.region)
            .field("elapsed", &self.clock.elapsed())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Scripted;

    #[tokio::test(start_paused = true)]
    async fn actors_act_in_the_order_of_their_times() {
        let sim = Sim::new(Scripted::default(), SystemTime::UNIX_EPOCH);
        let note = |text: &'static str| move |world: &mut Scripted| world.note(text);
        sim.at(Duration::from_secs(9), note("third"));
        sim.at(Duration::from_secs(3), note("first"));
        sim.at(Duration::from_secs(3), note("second"));
        sim.at(Duration::from_secs(11), note("not yet"));
        assert_eq!(sim.world(|world| world.notes.clone()), []);
        sim.clock().sleep(Duration::from_secs(10)).await;
        let seconds = |notes: &[(u64, &'static str)]| notes.to_vec();
        assert_eq!(
            sim.world(|world| seconds(&world.notes)),
            [(3, "first"), (3, "second"), (9, "third")]
        );
        assert_eq!(
            sim.world(|world| world.now),
            SystemTime::UNIX_EPOCH + Duration::from_secs(10)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn time_never_goes_back_for_a_late_actor() {
        let sim = Sim::new(Scripted::default(), SystemTime::UNIX_EPOCH);
        sim.clock().sleep(Duration::from_secs(10)).await;
        sim.world(|_| ());
        sim.at(Duration::from_secs(2), |world| world.note("late"));
        assert_eq!(sim.world(|world| world.notes.clone()), [(10, "late")]);
    }
}
