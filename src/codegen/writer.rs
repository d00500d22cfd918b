//! The writer: lines of generated code, each at its depth.

/// Lines that are indented by the blocks that they stand in.
pub(super) struct Writer {
    out: String,
    depth: usize,
    indent: &'static str,
    /// Whether nothing stands in the innermost block yet.
    begins: bool,
}

impl Writer {
    pub(super) const fn new(indent: &'static str) -> Self {
        Self { out: String::new(), depth: 0, indent, begins: true }
    }

    /// Whether the next line stands in no block.
    pub(super) const fn at_top(&self) -> bool {
        self.depth == 0
    }

    /// Writes one line; an empty one is not indented.
    pub(super) fn line(&mut self, text: &str) {
        if !text.is_empty() {
            for _ in 0..self.depth {
                self.out.push_str(self.indent);
            }
            self.out.push_str(text);
        }
        self.out.push('\n');
        self.begins = false;
    }

    /// Writes an empty line, unless a block begins here.
    pub(super) fn gap(&mut self) {
        if !self.begins {
            self.line("");
        }
    }

    /// Writes a line that opens a block.
    pub(super) fn open(&mut self, text: &str) {
        self.line(text);
        self.depth += 1;
        self.begins = true;
    }

    /// Ends a block, and writes a line that closes it.
    pub(super) fn close(&mut self, text: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(text);
    }

    /// Ends a block that nothing closes but its indentation.
    pub(super) fn dedent(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Writes more of the last line.
    pub(super) fn append(&mut self, text: &str) {
        if self.out.ends_with('\n') {
            self.out.pop();
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}
