//! The store cannot be opened, or nothing answers: what happened, that nothing was overwritten, what
//! can be done.

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::GetProblemReport;

use crate::icons::{Icon, icon};
use crate::screens::restore::RestoreDialog;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t};

#[component]
pub fn Unusable(error: AppError, store: String) -> impl IntoView {
    let desk = desk();
    let report = RwSignal::new(None::<String>);
    let restoring = RwSignal::new(false);
    view! {
        <main class="alone" data-testid="screen-unusable">
            <div class="card alone-card">
                <h1>{t(W::StoreUnusable)}</h1>
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| desk.boot())/>
                <div class="notice good">{icon(Icon::Shield)}<span>{t(W::NothingOverwritten)}</span></div>
                <p><small>{t(W::StoreLies)}</small><br/><code data-testid="store-path">{store}</code></p>
                <div class="row">
                    <button type="button" class="btn" data-testid="btn-report"
                        on:click=move |_| desk.run(GetProblemReport {}, move |r| report.set(Some(r.text)))>{t(W::ProblemReport)}</button>
                    <button type="button" class="btn" data-testid="btn-restore" on:click=move |_| restoring.set(true)>
                        {icon(Icon::Undo)}{t(W::RestoreFrom)}</button>
                    <button type="button" class="btn main" data-testid="btn-reboot" on:click=move |_| desk.boot()>{t(W::TryAgain)}</button>
                </div>
                <RestoreDialog open=restoring/>
                {move || report.get().map(|text| view! { <pre class="report" data-testid="report" tabindex="0">{text}</pre> })}
            </div>
        </main>
    }
}
