//! What the simulated threads do, over and over.

/// One step of a program. Times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Burn(u64),
    Sleep(u64),
    /// Adds one to a counter and wakes whoever waits for it.
    Post(usize),
    /// Waits until the counter is not zero and takes one.
    Take(usize),
}

/// A thread: its process, its name and its loop.
#[derive(Clone, Debug)]
pub struct Program {
    pub pid: u32,
    pub name: String,
    pub steps: Vec<Step>,
}

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// 64 threads: relays that end at a timer, partners that wake each other, locks held over a sleep, and sleepers.
pub fn sixty_four() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut counter = 0;
    for group in 0..8 {
        relay(&mut programs, &mut counter, group);
    }
    for pair in 0..8 {
        partners(&mut programs, &mut counter, pair);
    }
    for lock in 0..4 {
        convoy(&mut programs, &mut counter, lock);
    }
    for sleeper in 0..4_u64 {
        programs.push(Program {
            pid: 400 + sleeper as u32,
            name: format!("sleeper-{sleeper}"),
            steps: vec![Step::Sleep((1 + sleeper * 50) * MS), Step::Burn(8 * MS)],
        });
    }
    programs
}

fn relay(programs: &mut Vec<Program>, counter: &mut usize, group: usize) {
    let first = *counter;
    *counter += 3;
    let mut add = |role: &str, steps: Vec<Step>| {
        programs.push(Program { pid: 100 + group as u32, name: format!("{role}-{group}"), steps });
    };
    add("source", vec![Step::Sleep(60 * US), Step::Burn(6 * US), Step::Post(first)]);
    add("parse", vec![Step::Take(first), Step::Burn(9 * US), Step::Post(first + 1)]);
    add("query", vec![Step::Take(first + 1), Step::Burn(12 * US), Step::Post(first + 2)]);
    add("sink", vec![Step::Take(first + 2), Step::Burn(5 * US)]);
}

fn partners(programs: &mut Vec<Program>, counter: &mut usize, pair: usize) {
    let (ping, pong) = (*counter, *counter + 1);
    *counter += 2;
    let mut add = |role: &str, steps: Vec<Step>| {
        programs.push(Program { pid: 200 + pair as u32, name: format!("{role}-{pair}"), steps });
    };
    add("ping", vec![Step::Burn(8 * US), Step::Post(ping), Step::Take(pong)]);
    add("pong", vec![Step::Take(ping), Step::Burn(11 * US), Step::Post(pong)]);
}

fn convoy(programs: &mut Vec<Program>, counter: &mut usize, lock: usize) {
    let free = *counter;
    *counter += 1;
    for holder in 0..3 {
        let mut steps = vec![
            Step::Take(free),
            Step::Burn(10 * US),
            Step::Sleep(200 * US),
            Step::Post(free),
            Step::Burn(15 * US),
        ];
        if holder == 0 {
            // Somebody has the lock first.
            steps.rotate_left(1);
        }
        programs.push(Program {
            pid: 300 + lock as u32,
            name: format!("holder-{lock}-{holder}"),
            steps,
        });
    }
}
