//! The forms in which requests, answers and errors go through the socket, and the one door between them and the working types.
//!
//! Both sides speak one version of it (`hello`), so nothing here is read for ever. What is kept goes as it is kept: records and
//! messages by the journal's own form, which tells what is newer from what is damaged.

mod answer;
mod fault;
mod parts;
mod request;

pub(crate) use self::{
    answer::{decode_answer, encode_answer},
    fault::Fault,
    parts::TopicForm,
    request::{decode_request, encode_request},
};

use std::io;

use serde::{Serialize, de::DeserializeOwned};

use crate::frame::invalid;

fn head(form: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(form).expect("the forms have string keys only")
}

fn read<T: DeserializeOwned>(head: &[u8]) -> io::Result<T> {
    serde_json::from_slice(head).map_err(|_| invalid())
}
