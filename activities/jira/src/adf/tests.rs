//! Every Markdown gives a document that ADF's own rules allow; what single pieces become; and that values, and what was
//! read, are the same again.

mod assemble;
mod pieces;
mod read;
mod schema;
mod write;
