//! Leaving the editor: not before what was typed is on disk, or a person gave it up.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::save::{Kept, Saver, may_pass};
use crate::say;
use crate::state::{Leaving, desk};
use crate::widgets::modal::Modal;
use crate::words::{W, t};

/// Saves for whoever leaves, and asks where that fails. What is saved while the question stands
/// answers it.
#[component]
pub fn Leave(saver: Saver) -> impl IntoView {
    let desk = desk();
    let open = RwSignal::new(false);
    let failed = Memo::new(move |_| match saver.kept.get() {
        Kept::Failed(error) => Some(error),
        _ => None,
    });
    let goes_on = move || failed.with(|f| f.as_ref().is_none_or(|e| may_pass(e.code)));
    // the bench may be built anew as soon as nothing is unsaved: whoever leaves does so by this word
    let give_up = move || {
        let leaving = desk.leaving.get_untracked();
        desk.leaving.set(None);
        open.try_set(false);
        saver.let_go();
        if let Some(leaving) = leaving {
            desk.leave(leaving);
        }
    };
    Effect::new(move |_| {
        let Some(leaving) = desk.leaving.get() else {
            return;
        };
        if !desk.unsaved.get() {
            desk.leaving.set(None);
            desk.leave(leaving);
            open.try_set(false);
            return;
        }
        spawn_local(async move {
            if saver.settle().await.is_ok() {
                return;
            }
            if leaving == Leaving::LockUnattended {
                desk.lost.set(true);
                give_up();
            } else {
                open.try_set(true);
            }
        });
    });
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        // closed without a word
        if before == Some(true) && !now && desk.leaving.get_untracked().is_some() {
            desk.stay();
        }
        now
    });
    on_cleanup(move || desk.leaving.set(None));
    view! {
        <Modal open title=Signal::derive(|| t(W::LeaveTitle).to_owned()) testid="leave" class="narrow">
            {move || failed.get().map(|error| {
                let words = say::failure(&error);
                view! { <p data-testid="leave-why"><b>{words.title}"."</b>" "{words.remedy}</p> }
            })}
            <p>{move || t(if goes_on() { W::LeaveAsk } else { W::LeaveCopy })}</p>
            <footer class="modal-foot">
                <button type="button" class="btn danger" data-testid="leave-yes"
                    on:click=move |_| give_up()>{t(W::LeaveAnyway)}</button>
                <button type="button" class="btn main" autofocus data-testid="leave-no"
                    on:click=move |_| open.set(false)>{t(W::LeaveStay)}</button>
            </footer>
        </Modal>
    }
}
