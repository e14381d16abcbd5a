//! W8: requests over TCP loopback. The client asks the front, which burns 1 ms, asks the back,
//! which burns 3 ms and sleeps 5 ms, and burns 1 ms more for the answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::clock::{millis, monotonic};
use crate::crew::Crew;
use crate::json::Object;

const REQUESTS: u64 = 150;

pub fn run(_: &[String]) -> Object {
    let front = TcpListener::bind("127.0.0.1:0").expect("a port");
    let back = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut crew = Crew::new();
    crew.process("w8-back", |actor| {
        let mut caller = accept(&back);
        for _ in 0..REQUESTS {
            take(&mut caller);
            actor.burn(millis(3));
            actor.sleep(millis(5));
            give(&mut caller);
        }
    });
    crew.process("w8-front", |actor| {
        let mut callee = connect(&back);
        let mut caller = accept(&front);
        for _ in 0..REQUESTS {
            take(&mut caller);
            actor.burn(millis(1));
            give(&mut callee);
            take(&mut callee);
            actor.burn(millis(1));
            give(&mut caller);
        }
    });
    crew.process("w8-client", |actor| {
        let mut callee = connect(&front);
        let begin = monotonic();
        for _ in 0..REQUESTS {
            give(&mut callee);
            take(&mut callee);
        }
        actor.note("requests", REQUESTS);
        actor.note("asked_ns", monotonic() - begin);
    });
    crew.finish()
}

fn accept(at: &TcpListener) -> TcpStream {
    ready(at.accept().expect("a caller").0)
}

fn connect(to: &TcpListener) -> TcpStream {
    let address = to.local_addr().expect("it is bound");
    ready(TcpStream::connect(address).expect("it listens"))
}

fn ready(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).expect("TCP takes it");
    stream
}

fn give(to: &mut TcpStream) {
    to.write_all(b"x").expect("the peer lives");
}

fn take(from: &mut TcpStream) {
    from.read_exact(&mut [0]).expect("the peer lives");
}
