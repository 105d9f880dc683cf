//! A failed command in three parts: what happened, what it means for the work, what to do.

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_text::Action;

use super::modal::Modal;
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::{Desk, Phase, Screen, desk};
use crate::words::{W, lang, t, tf};

/// What the button does by itself; `None`: only the place the failure happened at can do it.
fn own_act(action: Action, desk: Desk) -> Option<Callback<()>> {
    let open = desk.phase.get_untracked() == Phase::Open;
    match action {
        Action::OpenTokenSettings
        | Action::OpenSignerSettings
        | Action::OpenPortalSettings
        | Action::OpenBackupSettings
        | Action::ProblemReport
            if open =>
        {
            Some(Callback::new(move |()| desk.go(Screen::Settings)))
        }
        Action::FindTokens if open => Some(Callback::new(move |()| {
            desk.tokens.update(|n| *n = n.wrapping_add(1))
        })),
        Action::Unlock if open => Some(Callback::new(move |()| desk.lock())),
        _ => None,
    }
}

/// The three parts in place, with one button where something can be done.
#[component]
pub fn FailurePanel(
    #[prop(into)] error: Signal<AppError>,
    /// What the screen can do about it: the same again, read again, choose another file.
    #[prop(optional)]
    act: Option<Callback<()>>,
) -> impl IntoView {
    let desk = desk();
    let words = Memo::new(move |_| say::failure(&error.get()));
    let button = move || {
        let action = words.get().action;
        let own = action.and_then(|a| own_act(a, desk));
        let label = action.map_or(t(W::TryAgain), |a| a.label(lang()));
        own.or(act).map(|act| view! {
            <button type="button" class="btn" data-testid="error-action" on:click=move |_| act.run(())>{label}</button>
        })
    };
    view! {
        <section class="failure" role="alert" data-testid="error" data-code=move || error.with(|e| e.code.as_str())>
            <div class="failure-mark">{icon(Icon::Warning)}</div>
            <div class="failure-words">
                <h3 data-testid="error-title">{move || words.get().title}</h3>
                <p data-testid="error-cause">{move || words.get().cause}</p>
                <p class="strong" data-testid="error-remedy">{move || words.get().remedy}</p>
                {move || error.with(|e| (!e.incident.is_empty()).then(|| view! {
                    <small data-testid="error-incident">{tf(W::Incident, &[&e.incident])}</small>
                }))}
                {button}
            </div>
        </section>
    }
}

/// The last failed command of the window, as a dialog.
#[component]
pub fn FailureDialog() -> impl IntoView {
    let desk = desk();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(desk.failure.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            desk.failure.set(None);
        }
        now
    });
    view! {
        <Modal open title=Signal::derive(|| t(W::NotDone).to_owned()) testid="error-dialog" class="narrow">
            {move || desk.failure.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
            <footer class="modal-foot">
                <button type="button" class="btn main" autofocus data-testid="error-close"
                    on:click=move |_| open.set(false)>{t(W::Understood)}</button>
            </footer>
        </Modal>
    }
}
