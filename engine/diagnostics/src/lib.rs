//! Shows diagnostics as compilers show theirs: the source line, what is wrong under it, and what to do. Knows the engine's diagnostics and
//! no terminal: whether there are colours, how wide a line is, and where the pages of codes are, the caller says. Nothing is read of the
//! environment, and nothing is written.
//!
//! A text may come from anywhere, so whatever a terminal obeys in it comes out as its escape (`visible`).
//!
//! ```
//! use flowrun_diagnostics::{Renderer, Reported};
//! use flowrun_engine::{activity::Catalogue, definition::{Source, load}};
//!
//! let source = Source::new("hello.yaml", "process: hello\nversion: 1.0.0\nnodes:\n  greet: { activty: example.greet }\n");
//! let loaded = load(&source, &Catalogue::default());
//! let shown = Renderer::plain().render(&Reported::all(&source, loaded.diagnostics)[0]);
//! assert!(shown.contains("--> hello.yaml:4:12\n"), "{shown}");
//! assert!(shown.contains("= help: did you mean `activity`?\n"), "{shown}");
//! ```

mod github;
mod renderer;
mod reported;
mod visible;
mod window;
mod wrap;

pub use self::{
    github::github_line,
    renderer::Renderer,
    reported::Reported,
    visible::{is_obeyed, on_one_line, shown},
    wrap::{wrap, wrap_around_code},
};
