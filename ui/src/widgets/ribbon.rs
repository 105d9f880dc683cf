//! The way of a dossier as a row of steps, with the one it stands at.

use leptos::prelude::*;

use hoso_domain::form::Form;
use hoso_domain::life::{LocalState, TreasuryState};

use crate::say;
use crate::words::{W, t, tf};

/// Which step a dossier stands at, counted over the labels of [`labels`].
fn position(local: &LocalState, treasury: &TreasuryState, signatures: usize) -> usize {
    let queued = signatures.saturating_add(1);
    match (local, treasury) {
        (_, TreasuryState::Completed) => queued.saturating_add(2),
        (LocalState::Draft, _) => 0,
        (LocalState::Awaiting { step }, _) => usize::from(*step).min(signatures),
        (LocalState::Sent | LocalState::Carried, _) => queued.saturating_add(1),
        (LocalState::Superseded, _) => 0,
        _ => queued,
    }
}

fn labels(form: Option<&Form>) -> Vec<String> {
    let mut all = vec![t(W::StepDraft).to_owned()];
    if let Some(form) = form {
        all.extend(
            form.signatures
                .iter()
                .map(|s| tf(W::StepAwaiting, &[&say::title(&s.title)])),
        );
    }
    all.extend([W::StepQueued, W::StepTreasury, W::StepDone].map(|w| t(w).to_owned()));
    all
}

#[component]
pub fn Ribbon(form: Option<Form>, local: LocalState, treasury: TreasuryState) -> impl IntoView {
    let here = position(
        &local,
        &treasury,
        form.as_ref().map_or(0, |f| f.signatures.len()),
    );
    view! {
        <ol class="ribbon" data-testid="ribbon" aria-label=t(W::Progress)>
            {labels(form.as_ref()).into_iter().enumerate().map(|(n, label)| {
                let class = match n.cmp(&here) {
                    std::cmp::Ordering::Less => "done",
                    std::cmp::Ordering::Equal => "on",
                    std::cmp::Ordering::Greater => "",
                };
                let current = (n == here).then_some("step");
                view! { <li class=class aria-current=current><span>{label}</span></li> }
            }).collect_view()}
        </ol>
    }
}
