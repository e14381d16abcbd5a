//! Chromium without a window, driven over WebDriver: one HTTP connection per command, JSON both ways.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the browser may take for one command.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often its driver is started, until one comes up.
const STARTS: usize = 5;

/// Nothing that it does by itself may reach a network.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1300,1000",
];

/// A key of the keyboard, as WebDriver spells it.
#[derive(Clone, Copy, Debug)]
pub struct Key(pub &'static str);

pub const TAB: Key = Key("\u{e004}");
pub const ENTER: Key = Key("\u{e007}");
pub const SHIFT: Key = Key("\u{e008}");
pub const ESCAPE: Key = Key("\u{e00c}");
pub const UP: Key = Key("\u{e013}");
pub const RIGHT: Key = Key("\u{e014}");
pub const DOWN: Key = Key("\u{e015}");

/// One window.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Its profile, which is empty and removed with it.
    _profile: TempDir,
}

/// The driver and the port that it chose; `None` where it ended instead.
fn started(driver: &Path) -> Option<(Child, u16)> {
    let mut driver = Command::new(driver)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let said = BufReader::new(driver.stdout.take().expect("it is piped"));
    let port = said.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    if port.is_none() {
        driver.wait().expect("it can be waited for");
    }
    Some((driver, port?))
}

/// A program of the system.
fn program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

impl Browser {
    /// Starts it; `None`, loudly, where it is not installed.
    ///
    /// # Panics
    /// Where it is not installed although nothing may be skipped, or where it does not start.
    pub fn start() -> Option<Self> {
        let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
            let what = "chromium and chromedriver are not installed (tests/set-up.sh test)";
            let required = env::var_os("AFTERWAKE_REQUIRE_BPF").is_some_and(|value| value == "1");
            assert!(!required, "{what}");
            eprintln!("SKIPPED: {what}");
            return None;
        };
        // Several that start at once may choose one port, and all but one of them end.
        let (driver, port) =
            (0..STARTS).find_map(|_| started(&driver)).expect("chromedriver says its port");
        let profile = tempfile::tempdir().expect("a temporary directory");
        let mut flags: Vec<String> = FLAGS.map(String::from).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let answer = browser.send(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": { "binary": chromium, "args": flags },
                "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            }}}),
        );
        let session = answer["sessionId"].as_str().expect("a session");
        browser.session = format!("/session/{session}");
        Some(browser)
    }

    /// Opens a page of this disk and waits until its script has drawn it.
    ///
    /// # Panics
    /// Where it does not within a minute.
    pub fn open(&self, page: &Path) {
        // What the browser shows when it starts is not of interest.
        self.post("/url", &json!({ "url": "about:blank" }));
        let _ = (self.requests(), self.complaints());
        self.post("/url", &json!({ "url": format!("file://{}", page.display()) }));
        let begin = Instant::now();
        while self.run("return document.documentElement.dataset.ready") != "yes" {
            assert!(begin.elapsed() < PATIENCE, "the page is not ready: {:?}", self.complaints());
            std::thread::sleep(Duration::from_millis(50));
        }
        // What is drawn to its width comes with the next frame.
        self.run_later(
            "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))",
        );
    }

    /// The value of a script's `return`.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script to its call of `done`.
    pub fn run_later(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// A text that a script gives.
    ///
    /// # Panics
    /// Where it gives something else.
    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        let value = self.run(&format!("return {expression}"));
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// A number that a script gives.
    ///
    /// # Panics
    /// Where it gives something else.
    #[track_caller]
    pub fn number(&self, expression: &str) -> f64 {
        let value = self.run(&format!("return {expression}"));
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Presses the button at one point of the window, moves on and releases it.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let at = |(x, y): (f64, f64)| json!({ "type": "pointerMove", "duration": 0, "x": x.round(), "y": y.round() });
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        self.act(&json!({ "type": "pointer", "id": "mouse", "actions": [
            at(from), { "type": "pointerDown", "button": 0 },
            at(middle), at(to), { "type": "pointerUp", "button": 0 },
        ]}));
    }

    pub fn click(&self, at: (f64, f64)) {
        self.drag(at, at);
    }

    /// Presses keys one after the other.
    pub fn press(&self, keys: &[Key]) {
        let both = |key: &Key| {
            [("keyDown", key), ("keyUp", key)]
                .map(|(kind, key)| json!({ "type": kind, "value": key.0 }))
        };
        let actions: Vec<Value> = keys.iter().flat_map(both).collect();
        self.act(&json!({ "type": "key", "id": "keys", "actions": actions }));
    }

    /// Presses a key while another is held.
    pub fn press_with(&self, held: Key, key: Key) {
        let actions = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)];
        let actions = actions.map(|(kind, key)| json!({ "type": kind, "value": key.0 }));
        self.act(&json!({ "type": "key", "id": "keys", "actions": actions }));
    }

    /// Types a text, letter by letter.
    pub fn write(&self, text: &str) {
        let letters = text.chars().flat_map(|letter| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": letter.to_string() }))
        });
        let actions: Vec<Value> = letters.collect();
        self.act(&json!({ "type": "key", "id": "keys", "actions": actions }));
    }

    /// What the console said since the last question.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().into_iter().flatten();
        entries.filter_map(|entry| entry["message"].as_str().map(String::from)).collect()
    }

    /// The addresses that were asked for since the last question.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "performance" }));
        let entries = entries.as_array().into_iter().flatten();
        let messages = entries.filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            Some(message["message"].clone())
        });
        let requests = messages.filter(|message| message["method"] == "Network.requestWillBeSent");
        requests
            .filter_map(|message| message["params"]["request"]["url"].as_str().map(String::from))
            .collect()
    }

    /// A command of the developer tools.
    pub fn tool(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn act(&self, source: &Value) {
        self.post("/actions", &json!({ "actions": [source] }));
    }

    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        self.send("POST", &format!("{}{command}", self.session), body)
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer =
            self.exchange(method, path, body).unwrap_or_else(|error| panic!("{path}: {error}"));
        let answer: Value =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{path}: {answer}"));
        let value = answer["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, which would outlive its driver.
        let _ = self.exchange("DELETE", &self.session, &json!({}));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
