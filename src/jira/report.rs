//! What is told of access tokens and of the sandbox: to people, and as JSON documents.

mod document;
mod effects;
mod token;

pub(crate) use self::{
    document::{EffectsDocument, RemovedTokenDocument, TokenDocument, TokensDocument},
    effects::effects_text,
    token::{
        AppSetupSteps, ConsentBy, ScopeLine, ShownToken, account_words, added_meanwhile_text, clock_text, consent_text,
        other_account_text, paste_text, several_sites_text, token_text, tokens_text,
    },
};
