//! Nanoseconds a head, by hand: `cargo run --release -p http1 --example parse_bench`.
#![expect(clippy::print_stdout, reason = "the numbers are the purpose")]

use std::hint::black_box;

use base::Clock;
use http1::{Connection, Framing, Limits, Scan, encode, hop, request, response};
use message::{Method, Scheme, Version};

const CURL: &[u8] = b"GET /api/orders/42 HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";

const BROWSER: &[u8] = b"GET /api/v1/products?page=2&sort=price&filter=stock HTTP/1.1\r\n\
Host: shop.example.com\r\n\
Connection: keep-alive\r\n\
sec-ch-ua: \"Chromium\";v=\"130\", \"Google Chrome\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\n\
sec-ch-ua-mobile: ?0\r\n\
sec-ch-ua-platform: \"Linux\"\r\n\
Upgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-User: ?1\r\n\
Sec-Fetch-Dest: document\r\n\
Referer: https://shop.example.com/catalogue/garden\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=yes; _ga=GA1.2.1234567890.1700000000\r\n\r\n";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nContent-Length: 128\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: keep-alive\r\nETag: \"654321-80\"\r\nAccept-Ranges: bytes\r\n\r\n";

/// The best of seven runs, which is the one that was disturbed least.
fn measure(name: &str, mut work: impl FnMut()) {
    const TIMES: u32 = 100_000;
    let clock = Clock::system();
    let run = |work: &mut dyn FnMut()| {
        let start = clock.now();
        for _ in 0..TIMES {
            work();
        }
        clock.now().since(start)
    };
    let best = (0..7).map(|_| run(&mut work)).min().unwrap_or_default();
    println!("{name:40} {:8.0} ns", best.as_secs_f64() * 1e9 / f64::from(TIMES));
}

fn main() {
    let limits = Limits::default();
    let parse =
        |bytes: &[u8]| request::parse(bytes, &limits, Scheme::Http, &mut Scan::default()).ok().flatten();
    let mut out = Vec::with_capacity(4096);
    for (name, bytes) in [("curl", CURL), ("browser", BROWSER)] {
        measure(&format!("parse {name} request, {} bytes", bytes.len()), || {
            black_box(parse(black_box(bytes)));
        });
        let Some(parsed) = parse(bytes) else { continue };
        measure(&format!("write {name} request"), || {
            out.clear();
            encode::request_head(&mut out, black_box(&parsed.head), Framing::None, Connection::KeepAlive);
            black_box(&out);
        });
        measure(&format!("parse, strip, via, write {name} request"), || {
            let Some(mut parsed) = parse(black_box(bytes)) else { return };
            black_box(hop::strip(&mut parsed.head.fields));
            hop::push_via(&mut parsed.head.fields, Version::Http11, "weir");
            out.clear();
            encode::request_head(&mut out, &parsed.head, Framing::None, Connection::KeepAlive);
            black_box(&out);
        });
    }
    let parse =
        |bytes: &[u8]| response::parse(bytes, &limits, &Method::Get, &mut Scan::default()).ok().flatten();
    measure(&format!("parse response, {} bytes", ANSWER.len()), || {
        black_box(parse(black_box(ANSWER)));
    });
    let Some(parsed) = parse(ANSWER) else { return };
    measure("write response", || {
        out.clear();
        let head = black_box(&parsed.head);
        encode::response_head(
            &mut out,
            head,
            Framing::Length(128),
            Connection::KeepAlive,
            Version::Http11,
            b"",
        );
        black_box(&out);
    });
}
