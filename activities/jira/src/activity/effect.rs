//! The effects of an activity: each goes with what sending it needs beside its request, so that nothing has to be found again when it
//! is sent; and it is sent by its [`Sender`], in no other way.

use std::{convert::Infallible, fmt, marker::PhantomData};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Effect, EffectRequest, Failure, Whereabouts},
    id::{EffectName, OperationId},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Call, Client, JiraError, Reader, endpoint::Writes, tag};

/// What sending an effect needs beside its request: what its answer and its refusal mean.
#[async_trait]
pub(super) trait Sending<Input>: Send + Sync + 'static {
    /// Sends the one request of the effect, and gives its result.
    ///
    /// # Errors
    /// What went wrong, and whether the effect may have happened.
    async fn send(&self, attempt: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure>;
}

/// Of activities that only read.
#[async_trait]
impl<Input: Sync> Sending<Input> for Infallible {
    async fn send(&self, _: &Attempt<'_, Input>, _: Sender<'_>) -> Result<Value, Failure> {
        match *self {}
    }
}

/// An effect that can be sent.
pub(super) struct Prepared<Kind> {
    effect: Effect,
    place: Option<Place>,
    kind: PhantomData<Kind>,
}

/// Where a person sees whether an effect happened.
struct Place {
    /// The issue or the project.
    key: String,
    /// A search that finds it.
    query: Option<String>,
    /// What it is recognised by there.
    signs: String,
}

/// What is sent.
struct ToSend<Kind> {
    call: Call<Writes>,
    kind: Kind,
}

impl<Kind: Send + Sync + 'static> Prepared<Kind> {
    /// An effect of this name: on what, in words for a person, what is sent, and what sending it needs.
    pub(super) fn new(
        name: impl Into<EffectName>,
        target: impl Into<String>,
        summary: impl Into<String>,
        call: Call<Writes>,
        kind: Kind,
    ) -> Self {
        Self { effect: Effect::new(name, target, summary, ToSend { call, kind }), place: None, kind: PhantomData }
    }

    /// The same, with more that is known of it.
    pub(super) fn known(self, more: impl FnOnce(Effect) -> Effect) -> Self {
        Self { effect: more(self.effect), ..self }
    }

    /// The same, with the issue or the project where a person sees whether it happened, and what it is recognised by there.
    pub(super) fn seen_at(self, key: &str, signs: impl Into<String>) -> Self {
        Self { place: Some(Place { key: key.to_owned(), query: None, signs: signs.into() }), ..self }
    }

    /// The same, with a search that finds it as well.
    pub(super) fn found_in(self, (project, query): (&str, String), signs: impl Into<String>) -> Self {
        Self { place: Some(Place { key: project.to_owned(), query: Some(query), signs: signs.into() }), ..self }
    }

    /// As the engine takes it.
    pub(super) fn into_effect(self, reader: &Reader) -> Effect {
        match self.place {
            Some(Place { key, query, signs }) => {
                self.effect.seen_at(Whereabouts { link: Some(reader.issue_url(&key)), query, signs })
            }
            None => self.effect,
        }
    }
}

/// Sends an effect that was [`Prepared`] as one of this kind.
pub(super) async fn send<Kind: Sending<Input>, Input>(
    client: &Client,
    attempt: &Attempt<'_, Input>,
    effect: &Effect,
) -> Result<Value, Failure> {
    let ToSend { call, kind } = effect.request::<ToSend<Kind>>();
    let operation = attempt.operation(&effect.name);
    kind.send(attempt, Sender { client, call, operation: &operation, predicted: effect.predicted.as_ref() }).await
}

/// Sends the request of one effect.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    client: &'a Client,
    call: &'a Call<Writes>,
    operation: &'a OperationId,
    predicted: Option<&'a Value>,
}

impl<'a> Sender<'a> {
    /// Sends it; gives the answer's body, null where there is none.
    pub(super) async fn send(self) -> Result<Value, JiraError> {
        self.client.write(self.call, self.operation).await
    }

    /// The same; reads the answer as a `T`.
    pub(super) async fn read<T: DeserializeOwned>(self) -> Result<T, JiraError> {
        self.client.write_and_read(self.call, self.operation).await
    }

    /// The result of an effect that Jira answers without a word.
    pub(super) fn predicted(self) -> Value {
        self.predicted.cloned().unwrap_or_default()
    }

    /// What it is tagged with.
    pub(super) fn tag(self) -> Value {
        tag(self.operation)
    }

    /// What only reads.
    pub(super) fn reader(self) -> &'a Reader {
        self.client.reader()
    }
}

impl<Kind: Send + Sync + 'static> EffectRequest for ToSend<Kind> {
    fn shown(&self) -> Value {
        self.call.shown()
    }
}

impl<Kind> fmt::Debug for ToSend<Kind> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call.fmt(formatter)
    }
}
