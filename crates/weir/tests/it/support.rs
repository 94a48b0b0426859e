//! A running `weir serve`, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// `weir serve`; ends with the test.
pub(crate) struct Weir {
    process: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
    pub(crate) gateway: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The token of the link that makes the first administrator.
    setup: String,
    pub(crate) config: PathBuf,
    folder: tempfile::TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head's lines, in lower case up to the colon.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Weir {
    /// Starts it with documents in a file, and further flags.
    pub(crate) fn start(documents: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("weir.yaml");
        std::fs::write(&config, documents).unwrap();
        let path = config.to_str().unwrap().to_owned();
        Self::spawn(folder, config, &[&["--config", &path], flags].concat())
    }

    /// Starts it over `weir.yaml` in a folder, with further flags.
    pub(crate) fn over_files(folder: tempfile::TempDir, flags: &[&str]) -> Self {
        let config = folder.path().join("weir.yaml");
        let path = config.to_str().unwrap().to_owned();
        Self::spawn(folder, config, &[&["--config", &path], flags].concat())
    }

    /// Starts it over the store in a folder's `data`, with further flags.
    pub(crate) fn over_store(folder: tempfile::TempDir, flags: &[&str]) -> Self {
        Self::spawn(folder, PathBuf::new(), flags)
    }

    fn spawn(folder: tempfile::TempDir, config: PathBuf, flags: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--cores", "1"])
            .args([Path::new("--data"), &folder.path().join("data")])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let err = BufReader::new(process.stderr.take().unwrap());
        let address = |line: &str| line.split("://").nth(1).unwrap().trim().parse().unwrap();
        let gateway = address(&line_with(&mut out, "gateway "));
        let admin = address(&line_with(&mut out, "console "));
        let setup = line_with(&mut out, "set-up ");
        let setup = setup.split("token=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        Self { process, out, err, gateway, admin, setup, config, folder }
    }

    /// Kills it and starts it again over the same documents and data.
    pub(crate) fn kill_and_start(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let (folder, config) =
            (std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap()), self.config.clone());
        let path = config.to_str().unwrap().to_owned();
        *self = Self::spawn(folder, config, &["--config", &path]);
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Whether a text lies in one of the files of the data folder.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(&path)
                    .is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
                {
                    return true;
                }
            }
        }
        false
    }

    /// Puts other documents in the file, which is never seen half written.
    pub(crate) fn configure(&self, documents: &str) {
        let new = self.config.with_extension("new");
        std::fs::write(&new, documents).unwrap();
        std::fs::rename(&new, &self.config).unwrap();
    }

    /// Waits for a line of standard output.
    pub(crate) fn says(&mut self, part: &str) -> String {
        line_with(&mut self.out, part)
    }

    /// Waits for a line of standard error.
    pub(crate) fn complains(&mut self, part: &str) -> String {
        line_with(&mut self.err, part)
    }

    /// Makes the first administrator; gives the session's cookie.
    pub(crate) fn sign_up(&self) -> String {
        let body = json!({ "token": self.setup, "email": "root@example.com", "name": "Root", "password": "correct horse" });
        let body = body.to_string();
        let head = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        let answer = ask(self.admin, "POST /api/v1/setup", &head, &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.field("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// The state of the installation.
    pub(crate) fn system(&self, cookie: &str) -> Value {
        ask(self.admin, "GET /api/v1/system", &format!("cookie: {cookie}\r\n"), "").json()
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        self.process.kill().unwrap_or_default();
        self.process.wait().map(|_| ()).unwrap_or_default();
    }
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The reason of a refusal.
    #[track_caller]
    pub(crate) fn reason(&self) -> String {
        self.json()["reason"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request on a connection of its own; `line` is method and target.
pub(crate) fn ask(address: SocketAddr, line: &str, fields: &str, body: &str) -> Answer {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(socket, "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{fields}\r\n{body}").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Answer { status, fields: lines.map(field).collect(), body: body.to_owned() }
}

fn line_with(from: &mut impl BufRead, part: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        assert!(from.read_line(&mut line).unwrap() > 0, "the process ended; it said:\n{seen}");
        if line.contains(part) {
            return line;
        }
        seen.push_str(&line);
    }
}
