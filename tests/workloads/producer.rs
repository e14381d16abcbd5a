//! W6 and W7: a consumer waits for a producer, which computes each item or sleeps over it.

use std::io::pipe;

use crate::actor::Actor;
use crate::clock::millis;
use crate::crew::{Crew, give, take};
use crate::json::Object;

const ITEMS: u64 = 200;

pub fn burning(_: &[String]) -> Object {
    produce("w6", |actor| actor.burn(millis(8)))
}

pub fn sleeping(_: &[String]) -> Object {
    produce("w7", |actor| actor.sleep(millis(8)))
}

fn produce(load: &str, make: impl Fn(&mut Actor)) -> Object {
    let (item_in, item) = pipe().expect("a pipe");
    let mut crew = Crew::new();
    crew.process(&format!("{load}-consumer"), |_| (0..ITEMS).for_each(|_| take(&item_in)));
    crew.process(&format!("{load}-producer"), |actor| {
        for _ in 0..ITEMS {
            make(actor);
            give(&item);
        }
    });
    crew.finish()
}
