//! The body on the wire: dot-stuffed, CRLF only, in blocks, and never copied as a whole.
//!
//! A block that needs no change leaves from where it is; only one that does is copied.
//! A bare CR or LF becomes CRLF, so that no server can read the end of one mail
//! and the begin of another inside it (CVE-2023-51764 and its kin). The last block
//! holds the end of the body and the final dot together.
//!
//! RFC 5321 §4.5.2 (transparency), §2.3.8 (lines).

/// How much of a body is written at once, in octets, give or take a stuffed piece.
pub(super) const BLOCK: usize = 128 * 1024;

/// How much of a body is looked at in one go.
const PIECE: usize = 256;

/// A body on its way; [`Body::block`] gives it block by block.
pub(super) struct Body<'a> {
    rest: &'a [u8],
    last: u8,
    ended: bool,
}

impl<'a> Body<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, last: b'\n', ended: false }
    }

    /// Whether the final dot was given.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// The next block: what goes out as it is, in front of what is added to `out`.
    ///
    /// The last block ends in the final dot.
    pub(super) fn block(&mut self, out: &mut Vec<u8>) -> &'a [u8] {
        let end = self.rest.len().min(BLOCK);
        let (block, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        let plain = is_plain(self.last, block);
        if !plain {
            self.mend(block, out);
        }
        self.last = block.last().copied().unwrap_or(self.last);
        self.rest = rest;
        if rest.is_empty() && !self.ended {
            out.extend_from_slice(match self.last {
                b'\n' => b".\r\n",
                b'\r' => b"\n.\r\n",
                _ => b"\r\n.\r\n",
            });
            self.ended = true;
        }
        if plain { block } else { &[] }
    }

    fn mend(&self, block: &[u8], out: &mut Vec<u8>) {
        out.reserve(block.len() + block.len() / 64);
        let mut last = self.last;
        for piece in block.chunks(PIECE) {
            if is_plain(last, piece) {
                out.extend_from_slice(piece);
            } else {
                stuff(last, piece, out);
            }
            last = piece.last().copied().unwrap_or(last);
        }
    }
}

/// Whether a piece goes out as it is. Written without branches, so that it is read at full speed.
fn is_plain(last: u8, piece: &[u8]) -> bool {
    let breaks = |a: u8, b: u8| {
        ((b == b'\n') & (a != b'\r')) | ((a == b'\r') & (b != b'\n')) | ((a == b'\n') & (b == b'.'))
    };
    let first = piece.first().is_some_and(|&b| breaks(last, b));
    let pairs = piece.iter().zip(piece.get(1..).unwrap_or_default());
    !pairs.fold(first, |broken, (&a, &b)| broken | breaks(a, b))
}

fn stuff(mut last: u8, piece: &[u8], out: &mut Vec<u8>) {
    // What is sound is copied in runs, up to where something must be put in.
    let mut run = 0;
    for (at, &byte) in piece.iter().enumerate() {
        let broken = last == b'\r' && byte != b'\n';
        let missing: &[u8] = match byte {
            b'\n' if last != b'\r' => b"\r",
            b'.' if broken => b"\n.",
            _ if broken => b"\n",
            b'.' if last == b'\n' => b".",
            _ => b"",
        };
        if !missing.is_empty() {
            out.extend_from_slice(piece.get(run..at).unwrap_or_default());
            out.extend_from_slice(missing);
            run = at;
        }
        last = byte;
    }
    out.extend_from_slice(piece.get(run..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{BLOCK, Body};

    fn wire(bytes: &[u8]) -> Vec<u8> {
        let mut body = Body::new(bytes);
        let mut out = Vec::new();
        let mut block = Vec::new();
        while !body.ended() {
            block.clear();
            let plain = body.block(&mut block);
            assert!(plain.len() <= BLOCK && block.len() <= 2 * BLOCK + 8);
            assert!(plain.is_empty() || block.len() <= 5, "a plain block is not copied");
            out.extend_from_slice(plain);
            out.extend_from_slice(&block);
        }
        assert!(block.ends_with(b".\r\n"));
        out
    }

    #[test]
    fn dots_are_doubled_and_line_ends_mended() {
        for (bytes, sent) in [
            (&b""[..], &b".\r\n"[..]),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b"a\r", b"a\r\n.\r\n"),
            (b".\r\n..\r\na.\r\n", b"..\r\n...\r\na.\r\n.\r\n"),
            (b"a\n.\nMAIL FROM:<x@y.test>\n", b"a\r\n..\r\nMAIL FROM:<x@y.test>\r\n.\r\n"),
            (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\n\r\n\r\r\n", b"a\r\n\r\n\r\n\r\n.\r\n"),
        ] {
            assert_eq!(wire(bytes).escape_ascii().to_string(), sent.escape_ascii().to_string());
        }
    }

    #[test]
    fn what_lies_across_two_blocks_is_mended_like_the_rest() {
        for piece in [&b"\r\n.\r\n"[..], b"\n.\n", b"\r.\r", b"x\ry", b"\r\n..", b"\r"] {
            for ahead in 1..6 {
                let short = wire(&[b"f", piece].concat());
                let long = wire(&[&vec![b'f'; BLOCK - ahead][..], piece].concat());
                assert_eq!(long.len(), BLOCK - ahead - 1 + short.len());
                assert!(long.ends_with(&short), "{} {ahead}", piece.escape_ascii());
            }
        }
    }

    /// What a careful server makes of it: lines by CRLF, one dot off, up to the lone dot.
    fn received(sent: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let mut lines = Vec::new();
        let mut taken = 0;
        for line in sent.split_inclusive(|&b| b == b'\n') {
            taken += line.len();
            let line = line.strip_suffix(b"\r\n").expect("every line ends in CRLF");
            assert!(!line.contains(&b'\r'));
            if line == b"." {
                break;
            }
            lines.push(line.strip_prefix(b".").unwrap_or(line).to_vec());
        }
        (lines, taken)
    }

    /// The lines of a text whose lines may end in CRLF, CR or LF.
    fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        let text = bytes.escape_ascii().to_string();
        let text = text.replace("\\r\\n", "\n").replace("\\r", "\n").replace("\\n", "\n");
        let mut lines: Vec<Vec<u8>> = text.split('\n').map(|l| l.as_bytes().to_vec()).collect();
        if lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        lines
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn whatever_is_sent_arrives_as_the_same_lines(
            pieces in prop::collection::vec(prop::sample::select(vec![
                &b"\r"[..], b"\n", b"\r\n", b".", b"..", b"a", b"xyz", b"\r\n.\r\n", b"\n.\n",
            ]), 0..60),
            filler in any::<u16>(),
        ) {
            let mut bytes = vec![b'f'; usize::from(filler) % 9_000];
            bytes.extend(pieces.concat());
            let sent = wire(&bytes);
            let (got, taken) = received(&sent);
            prop_assert_eq!(taken, sent.len(), "the first lone dot is the last line");
            let got: Vec<Vec<u8>> =
                got.iter().map(|line| line.escape_ascii().to_string().into_bytes()).collect();
            prop_assert_eq!(got, lines(&bytes));
            prop_assert!(sent.ends_with(b".\r\n"));
        }
    }
}
