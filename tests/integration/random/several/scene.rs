//! The services of a random run in their cluster.

use aws_sim::world::stage::{ACCOUNT, REGION};
use aws_sim::world::{HttpAnswer, World};

use crate::random::asking::WEBHOOK;
use crate::random::dice::Dice;
use crate::random::names::Names;
use crate::random::scene::{self, Scene};

/// No service is called like that.
const NOWHERE: &str = "nowhere1";

/// All that the invariants must know about its making.
pub struct Shop {
    pub world: World,
    /// In the order in which they are given; each has the world of all.
    pub scenes: Vec<Scene>,
    /// The input `service`.
    pub typed: String,
    /// The services that it names, each once; one may not be there.
    pub order: Vec<String>,
}

impl Shop {
    pub fn roll(dice: &mut Dice) -> Self {
        let mut own = Dice::beside(dice);
        let mut world = scene::world(dice, &mut own);
        world.set_http(WEBHOOK, HttpAnswer::Fixed(204, Vec::new()));
        let count = dice.pick(&[2, 2, 3, 3, 4, 5]);
        let mut scenes: Vec<Scene> = Vec::new();
        for names in Names::of_several(count, dice) {
            let mut others = scenes.iter();
            let other = others.find(|other| other.names.repository == names.repository);
            let shared = other.map(|other| other.releases.clone());
            let scene = Scene::placed(world, names, shared.as_deref(), dice, &mut own);
            world = scene.world.clone();
            scenes.push(scene);
        }
        // Of many, one that is damaged would keep all others from being rolled back.
        for scene in &mut scenes {
            scene.world = world;
            if dice.percent(20) {
                scene.mishaps(dice);
            }
            world = scene.world.clone();
        }
        let (typed, order) = typed(&scenes, dice);
        let mut shop = Self {
            world,
            scenes,
            typed,
            order,
        };
        shop.share_what_is_known();
        shop
    }

    /// What was done to an image is done to all that run it.
    fn share_what_is_known(&mut self) {
        let mut illegible = Vec::new();
        for scene in &self.scenes {
            if !scene.legible {
                illegible.push(scene.names.repository.clone());
            }
        }
        for scene in &mut self.scenes {
            scene.world = self.world.clone();
            scene.legible &= !illegible.contains(&scene.names.repository);
        }
    }
}

/// What is typed, and the services that it names.
fn typed(scenes: &[Scene], dice: &mut Dice) -> (String, Vec<String>) {
    let (mut typed, mut order) = (Vec::new(), Vec::new());
    for scene in scenes {
        let (cluster, service) = (&scene.names.cluster, &scene.names.service);
        order.push(service.clone());
        typed.push(match dice.below(10) {
            0 => format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/{cluster}/{service}"),
            _ => service.clone(),
        });
    }
    if dice.percent(4) {
        let place = dice.place(order.len() + 1);
        order.insert(place, NOWHERE.to_owned());
        typed.insert(place, NOWHERE.to_owned());
    }
    if dice.percent(10) {
        typed.push(order[0].clone());
    }
    let between = dice.pick(&[",", ", ", "\n", " ,\n\n"]);
    (typed.join(between), order)
}
