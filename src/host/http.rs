//! HTTP as far as local daemons speak it: one request, one answer, over a
//! connection that ends with it. Docker, etcd and ZeroTier are asked this way.

/// A request. The connection is closed after its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// Name for the `Host` header.
    pub host: &'a str,
    /// Path with its query.
    pub path: &'a str,
    /// Further headers. They may be secret.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body; its length is told also where it is empty, since some daemons wait
    /// for it otherwise.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The bytes that go over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let Self {
            method, host, path, ..
        } = self;
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if *method != "GET" {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        [text.as_bytes(), self.body].concat()
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a whole HTTP answer.
///
/// # Errors
/// What is wrong with it: no status line, cut off before its end, or a chunk
/// whose length cannot be read.
pub fn parse_response(bytes: &[u8]) -> Result<Response, String> {
    let (head, body) = split_head(bytes).ok_or("the answer ends before its headers do")?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status_line = lines.next().unwrap_or_default();
    let mut words = status_line.split_whitespace();
    let http = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    let status = words.next().and_then(|word| word.parse().ok());
    let (true, Some(status)) = (http, status) else {
        return Err(format!(
            "the answer is not HTTP: {}",
            printable(status_line)
        ));
    };
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_lowercase(), value.trim().to_string()))
    });
    let mut response = Response {
        status,
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let chunked = response.header("transfer-encoding");
    if chunked.is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        response.body = dechunk(body)?;
    } else if let Some(length) = response.header("content-length") {
        let length: usize = length.parse().map_err(|_| "Content-Length is no number")?;
        let whole = body.get(..length).ok_or_else(|| {
            format!(
                "the answer was cut off: {} of {length} bytes came",
                body.len()
            )
        })?;
        response.body = whole.to_vec();
    }
    Ok(response)
}

fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 4..)?))
}

/// HTTP/1.0 has no chunks, but a proxy in front of the socket may not know.
fn dechunk(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let cut = || "the answer was cut off in a chunk".to_string();
        let end = rest.windows(2).position(|w| w == b"\r\n").ok_or_else(cut)?;
        let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| "a chunk has no length")?;
        rest = rest.get(end + 2..).ok_or_else(cut)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(rest.get(..size).ok_or_else(cut)?);
        rest = rest.get(size..).and_then(|r| r.get(2..)).ok_or_else(cut)?;
    }
}

/// The beginning of foreign text, fit for a message.
pub fn printable(text: &str) -> String {
    let clean = text.chars().filter(|c| !c.is_control());
    clean.take(120).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_ends_its_connection_and_tells_its_length() {
        let request = Request {
            method: "POST",
            host: "127.0.0.1:9993",
            path: "/network/1",
            headers: &[("X-ZT1-Auth", "word")],
            body: b"{}",
        };
        assert_eq!(
            String::from_utf8(request.bytes()).unwrap(),
            "POST /network/1 HTTP/1.1\r\nHost: 127.0.0.1:9993\r\nConnection: close\r\nX-ZT1-Auth: \
             word\r\nContent-Length: 2\r\n\r\n{}"
        );
    }

    #[test]
    fn chunks_are_put_together() {
        let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        assert_eq!(parse_response(chunks).unwrap().body, b"abcd");
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_parser_panic(
            head in "HTTP/1.1 200 OK\r\n(Content-Length: [0-9]{0,20}|Transfer-Encoding: chunked|[a-z:]{0,9})\r\n\r\n",
            body in prop::collection::vec(any::<u8>(), 0..64),
            junk in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let _ = parse_response(&junk);
            let _ = parse_response(&[head.as_bytes(), &body].concat());
            let hex = [head.as_bytes(), b"ffffffffffffffff\r\n", &body].concat();
            let _ = parse_response(&hex);
        }
    }
}
