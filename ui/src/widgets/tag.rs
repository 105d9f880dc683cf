//! States as tags: a colour, an icon and the word, never colour alone.

use leptos::prelude::*;

use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::party::Role;

use crate::icons::{Icon, icon};
use crate::say;

fn local_look(state: &LocalState) -> (&'static str, Icon) {
    match state {
        LocalState::Draft => ("flat", Icon::Pen),
        LocalState::Awaiting { .. } => ("info", Icon::Pen),
        LocalState::Queued => ("wait", Icon::Clock),
        LocalState::Held => ("flat", Icon::Pause),
        LocalState::Sending => ("info", Icon::Up),
        LocalState::Unknown => ("info", Icon::Question),
        LocalState::Sent => ("good", Icon::Check),
        LocalState::Parked {
            reason: ParkReason::GivingUp,
        } => ("info", Icon::Question),
        LocalState::Parked {
            reason: ParkReason::GivenUp,
        } => ("wait", Icon::Undo),
        LocalState::Parked { .. } => ("bad", Icon::Warning),
        LocalState::Carried => ("flat", Icon::Check),
        LocalState::Superseded => ("flat", Icon::Undo),
    }
}

fn treasury_look(state: &TreasuryState) -> (&'static str, Icon) {
    match state {
        TreasuryState::None => ("flat", Icon::Clock),
        TreasuryState::Received | TreasuryState::Checking => ("info", Icon::Result),
        TreasuryState::SupplementAsked => ("wait", Icon::Warning),
        TreasuryState::Completed => ("good", Icon::Check),
        TreasuryState::Refused => ("bad", Icon::Cross),
        TreasuryState::MoneyReturned => ("bad", Icon::Undo),
        TreasuryState::WithdrawalAsked => ("wait", Icon::Undo),
        TreasuryState::Withdrawn => ("flat", Icon::Undo),
        TreasuryState::Other { .. } => ("wait", Icon::Question),
    }
}

/// Local column.
#[component]
pub fn LocalTag(
    #[prop(into)] state: Signal<LocalState>,
    /// Roles of the form's signature order, so that the step is named.
    #[prop(into, optional)]
    roles: Signal<Vec<Role>>,
) -> impl IntoView {
    view! {
        {move || {
            let state = state.get();
            let (tone, mark) = local_look(&state);
            view! {
                <span class=format!("tag {tone}") data-testid="local-state" data-state=state.name()>
                    {icon(mark)}<span>{say::local_state(&state, &roles.get())}</span>
                </span>
            }
        }}
    }
}

/// Treasury column; nothing while nothing was heard.
#[component]
pub fn TreasuryTag(#[prop(into)] state: Signal<TreasuryState>) -> impl IntoView {
    view! {
        {move || {
            let state = state.get();
            (state != TreasuryState::None).then(|| {
                let (tone, mark) = treasury_look(&state);
                view! {
                    <span class=format!("tag {tone}") data-testid="treasury-state"
                        data-state=say::treasury_name(&state)>
                        {icon(mark)}<span>{say::treasury_state(&state)}</span>
                    </span>
                }
            })
        }}
    }
}
