//! The render room: templates and values in, text out.

mod scan;
