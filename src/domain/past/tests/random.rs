//! What must hold for every history.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// The same rules told another way: a tree in which each state knows what it was released on, and a pointer to
/// what serves. Nothing is ever taken off; going back moves the pointer.
fn naive(words: &[String]) -> Vec<String> {
    let mut tree: Vec<(String, Option<usize>)> = Vec::new();
    let mut serves: Option<usize> = None;
    let mut went_back = false;
    let chain = |tree: &[(String, Option<usize>)], from: Option<usize>| {
        std::iter::successors(from, |at| tree[*at].1).collect::<Vec<_>>()
    };
    for word in words.iter().filter(|word| !word.starts_with('!')) {
        let auto = word.starts_with('~');
        let word = word.trim_start_matches('~');
        let ancestors = chain(&tree, serves);
        let itself = ancestors.iter().position(|at| tree[*at].0 == word);
        let image = ancestors
            .iter()
            .position(|at| tree[*at].0[..1] == word[..1]);
        let (released_on, back) = match (itself, image) {
            (Some(0), _) => {
                went_back |= auto;
                continue;
            }
            (Some(steps), _) => {
                (serves, went_back) = (Some(ancestors[steps]), true);
                continue;
            }
            (None, Some(steps)) if steps > 0 => (Some(ancestors[steps]), true),
            _ => (serves, auto),
        };
        tree.push((word.to_owned(), released_on));
        (serves, went_back) = (Some(tree.len() - 1), back);
    }
    let names: Vec<_> = chain(&tree, serves)
        .into_iter()
        .map(|at| tree[at].0.clone())
        .collect();
    let newest = words.iter().rfind(|word| !word.starts_with("!~"));
    let failed = newest.is_some_and(|word| {
        word.starts_with('!') && names.first().is_none_or(|top| *top != word[1..])
    });
    names
        .into_iter()
        .skip(usize::from(!(went_back || failed)))
        .collect()
}

fn ended() -> impl Strategy<Value = Vec<String>> {
    let word = (
        prop_oneof![6 => Just(""), 2 => Just("!"), 1 => Just("~"), 1 => Just("!~")],
        "[A-D][1-3]",
    );
    proptest::collection::vec(
        word.prop_map(|(kind, state)| format!("{kind}{state}")),
        0..14,
    )
}

/// Anything the record may hold, sensible or not.
fn anything() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        "[!~]{0,2}[A-Da-d][1-4]x?",
        "!?\\?",
        ">{1,2}~?[A-Da-d][1-4]/[A-Da-d][1-4]",
        ">{1,2}\\?"
    ];
    proptest::collection::vec(word, 0..12)
}

#[derive(Clone, Debug)]
enum Act {
    Release,
    Configuration,
    FailedRelease {
        rolled_back: bool,
    },
    /// Asks for `previous~N` and does it, with the revision it names or that one registered again.
    Press {
        steps: u32,
        register: bool,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(Act::Release),
        1 => Just(Act::Configuration),
        2 => any::<bool>().prop_map(|rolled_back| Act::FailedRelease { rolled_back }),
        4 => (1..3_u32, any::<bool>()).prop_map(|(steps, register)| Act::Press { steps, register }),
    ];
    proptest::collection::vec(act, 1..16)
}

/// A service with its record.
struct Service {
    words: Vec<String>,
    runs: String,
    revisions: u32,
    images: u8,
}

impl Service {
    fn register(&mut self, image: char) -> String {
        self.revisions += 1;
        format!("{image}{}", self.revisions)
    }

    fn new_image(&mut self) -> String {
        self.images += 1;
        self.register(char::from(b'A' + self.images - 1))
    }

    fn deploy(&mut self, state: String) {
        self.words.push(state.clone());
        self.runs = state;
    }

    fn image(&self) -> char {
        self.runs.chars().next().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_stack_and_the_tree_agree(words in ended()) {
        let wanted = naive(&words);
        for steps in 1..=wanted.len() + 1 {
            let answer = ask(&words.join(" "), "", u32::try_from(steps).unwrap());
            prop_assert_eq!(answer.ok().map(|chosen| name(&chosen.candidate)), wanted.get(steps - 1).cloned());
        }
    }

    #[test]
    fn pressing_twice_stays_and_nothing_taken_off_comes_back(acts in acts()) {
        let mut service = Service { words: vec![], runs: String::new(), revisions: 0, images: 0 };
        let first = service.new_image();
        service.deploy(first);
        let mut bad: HashSet<String> = HashSet::new();
        for act in acts {
            match act {
                Act::Release => {
                    let state = service.new_image();
                    service.deploy(state);
                }
                Act::Configuration => {
                    let state = service.register(service.image());
                    service.deploy(state);
                }
                Act::FailedRelease { rolled_back } => {
                    let (state, back) = (service.new_image(), service.runs.clone());
                    service.words.push(format!("!{state}"));
                    bad.insert(state);
                    if rolled_back {
                        service.words.push(format!("~{back}"));
                    }
                    let words = service.words.join(" ");
                    prop_assert_eq!(answer(&words, &service.runs, 1), format!("{back}="));
                }
                Act::Press { steps, register } => {
                    let words = service.words.join(" ");
                    let Ok(chosen) = ask(&words, &service.runs, steps) else { continue };
                    let mut state = name(&chosen.candidate);
                    prop_assert!(!bad.contains(&state), "{} came back after {}", state, words);
                    if chosen.candidate.is_top {
                        prop_assert_eq!(&state, &service.runs);
                        continue;
                    }
                    let below = ask(&words, &service.runs, steps + 1).map(|chosen| name(&chosen.candidate));
                    for between in 1..steps {
                        bad.extend(ask(&words, &service.runs, between).map(|chosen| name(&chosen.candidate)));
                    }
                    bad.insert(service.runs.clone());
                    if register && chosen.candidate.revision.revision() < 100 {
                        state = format!("{}{}", &state[..1], chosen.candidate.revision.revision() + 100);
                    }
                    service.deploy(state.clone());
                    let words = service.words.join(" ");
                    let two = ask(&words, &service.runs, 2).map(|chosen| name(&chosen.candidate));
                    prop_assert_eq!(two.ok(), below.ok());
                    prop_assert_eq!(answer(&words, &service.runs, 1), format!("{state}="));
                }
            }
        }
    }

    #[test]
    fn no_record_panics_and_no_answer_is_gone_or_unknown(words in anything(), running in "([A-D][1-4])?", steps in 0..4_u32) {
        match ask(&words.join(" "), &running, steps) {
            Ok(chosen) => {
                let image = letter(&chosen.candidate.digest);
                let mut brought = words.iter().flat_map(|word| word.trim_start_matches(['!', '~', '>']).split('/'));
                let gone = brought.any(|it| it.starts_with(&image) && it.ends_with('x'));
                prop_assert!(!gone || chosen.candidate.is_top, "{} is gone", image);
                prop_assert!(chosen.candidate.served_from.is_some() || chosen.notes.iter().any(|note| note.contains("served")));
            }
            Err(error) => prop_assert!(!error.into_problem().hint.is_empty()),
        }
    }
}
