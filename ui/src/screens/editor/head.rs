//! Over the form: title, state, what can be done now.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{
    DeleteDraft, DuplicateDossier, ExportContainer, Mend, PickPath, SubmitForSigning,
};
use hoso_contract::{AppError, Code};
use hoso_domain::finding::Severity;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};

use super::preview::Preview;
use super::save::Kept;
use super::{Bench, Way};
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::keys::{Act, on_act};
use crate::say;
use crate::state::Screen;
use crate::widgets::confirm::Confirm;
use crate::widgets::failure::FailurePanel;
use crate::widgets::ribbon::Ribbon;
use crate::widgets::tag::{LocalTag, TreasuryTag};
use crate::words::{W, t, tf};

/// The label of "make a new revision", by what happened to the old one.
fn mend_word(local: &LocalState, treasury: &TreasuryState) -> Option<W> {
    match (local, treasury) {
        (LocalState::Superseded | LocalState::Draft, _) => None,
        (
            LocalState::Parked {
                reason: ParkReason::GivingUp,
            },
            _,
        ) => None,
        (_, TreasuryState::SupplementAsked) => Some(W::Supplement),
        (_, TreasuryState::Refused | TreasuryState::MoneyReturned) => Some(W::Remake),
        (
            LocalState::Awaiting { .. }
            | LocalState::Queued
            | LocalState::Held
            | LocalState::Sending
            | LocalState::Unknown
            | LocalState::Parked { .. },
            _,
        ) => Some(W::TakeBack),
        _ => None,
    }
}

#[component]
pub fn Head(bench: Bench) -> impl IntoView {
    let desk = bench.desk;
    let now = bench.view.get_untracked();
    let form = now.forms.first().cloned();
    let previewing = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let warning = RwSignal::new(false);
    let mending = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let mend = mend_word(&now.local, &now.treasury);

    let duplicate = move || {
        desk.run(DuplicateDossier { id: bench.id }, move |id| {
            desk.toast(t(W::Duplicated));
            desk.edit(id);
        });
    };
    let submit_now = move || {
        busy.set(true);
        spawn_local(async move {
            let version = bench.saver.version.get_untracked();
            let sent = ipc::call(SubmitForSigning {
                id: bench.id,
                version,
            })
            .await;
            if busy.try_set(false).is_some() {
                return;
            }
            match sent {
                Ok(()) => {
                    desk.toast(t(W::Submitted));
                    bench.reload();
                    desk.refresh();
                }
                Err(error) if error.code == Code::BlockedByFindings => {
                    bench.blocked.set(true);
                    bench.to_first_error();
                }
                Err(error) => desk.fail(error),
            }
        });
    };
    let submit = move || {
        busy.set(true);
        bench.blocked.set(false);
        spawn_local(async move {
            let kept = bench.saver.settle().await;
            busy.try_set(false);
            if let Err(error) = kept {
                return desk.fail(error);
            }
            let has = |severity| {
                bench
                    .saver
                    .findings
                    .with_untracked(|all| all.iter().any(|f| f.severity == severity))
            };
            if has(Severity::Error) {
                bench.blocked.set(true);
                bench.to_first_error();
            } else if has(Severity::Warning) {
                warning.set(true);
            } else {
                submit_now();
            }
        });
    };
    let preview = move || {
        spawn_local(async move {
            match bench.saver.settle().await {
                Ok(()) => {
                    previewing.try_set(true);
                }
                Err(error) => desk.fail(error),
            }
        });
    };
    let export = move |_| {
        let suggested = format!("{}.asice", now_number(bench));
        desk.run(
            PickPath {
                kind: "save-container".to_owned(),
                suggested,
            },
            move |path| {
                let Some(path) = path else { return };
                let told = path.clone();
                desk.run(ExportContainer { id: bench.id, path }, move |()| {
                    desk.toast(tf(W::ExportedTo, &[&told]))
                });
            },
        );
    };
    on_act(move |act| match act {
        Act::Save => bench.saver.save(),
        Act::Preview => preview(),
        Act::Duplicate => duplicate(),
        Act::Undo => bench.step(Way::Back),
        Act::Redo => bench.step(Way::Forth),
        Act::Reload => {}
    });
    let warnings = Signal::derive(move || {
        bench.saver.findings.with(|all| {
            let said: Vec<String> = all
                .iter()
                .filter(|f| f.severity == Severity::Warning)
                .map(|f| format!("• {}", say::finding(f)))
                .collect();
            format!("{}\n\n{}", t(W::WarningsAsk), said.join("\n"))
        })
    });
    let roles: Vec<_> = form
        .as_ref()
        .map_or_else(Vec::new, |f| f.signatures.iter().map(|s| s.role).collect());
    let title = form.as_ref().map_or_else(String::new, |f| f.name.clone());
    // what stands in brackets tells editions of a form apart; the number beside does so as well
    let short = title
        .split_once(" (")
        .map_or(title.as_str(), |(name, _)| name)
        .to_owned();
    // a paper that is only printed goes to no signature
    let is_sendable = form.as_ref().is_none_or(|f| !f.procedure.is_empty());
    let is_draft = now.local == LocalState::Draft;
    // what was signed once, or the treasury has spoken of, is not thrown away
    let may_go = Memo::new(move |_| {
        bench
            .view
            .with(|v| v.revision == 1 && v.treasury == TreasuryState::None)
    });
    let is_signable = matches!(now.local, LocalState::Awaiting { .. });
    let is_signed = !is_draft && !is_signable;
    let can_write = !untrack(|| desk.read_only()) && now.forms_known;
    view! {
        <header class="editor-head">
            <div class="head">
                <button type="button" class="btn quiet square" data-testid="btn-back" title=t(W::BackToList)
                    aria-label=t(W::BackToList) on:click=move |_| desk.go(Screen::Dossiers)>{icon(Icon::Back)}</button>
                <div class="title">
                    <h1 title=title.clone() data-testid="editor-title">{short.clone()}</h1>
                    <p class="subtitle">
                        {form.as_ref().map(|f| view! {
                            <span class="tag flat">
                                {tf(W::FormNumber, &[&f.number])}
                                {(!f.symbol.is_empty()).then(|| format!(" · {}", f.symbol))}
                            </span>
                        })}
                        <small>{move || number_and_basis(bench)}</small>
                        <LocalTag state=Signal::derive(move || bench.view.with(|v| v.local.clone())) roles=Signal::stored(roles.clone())/>
                        <TreasuryTag state=Signal::derive(move || bench.view.with(|v| v.treasury.clone()))/>
                        {move || bench.view.with(|v| (!v.treasury_number.is_empty()).then(|| view! {
                            <small data-testid="treasury-number">{tf(W::TreasuryNumber, &[&v.treasury_number])}</small>
                        }))}
                    </p>
                </div>
                <div class="acts">
                    {is_draft.then(|| view! { <SavedWord bench/> })}
                    {(is_draft && can_write).then(|| view! {
                        <button type="button" class="btn quiet square" data-testid="btn-undo" title=t(W::Undo) aria-label=t(W::Undo)
                            disabled=move || bench.past.counts.get().0 == 0
                            on:click=move |_| bench.step(Way::Back)>{icon(Icon::Undo)}</button>
                        <button type="button" class="btn quiet square" data-testid="btn-redo" title=t(W::Redo) aria-label=t(W::Redo)
                            disabled=move || bench.past.counts.get().1 == 0
                            on:click=move |_| bench.step(Way::Forth)>{icon(Icon::Redo)}</button>
                    })}
                    {move || (is_draft && can_write && may_go.get()).then(|| view! {
                        <button type="button" class="btn quiet square" data-testid="btn-delete" title=t(W::DeleteDraft)
                            aria-label=t(W::DeleteDraft) on:click=move |_| deleting.set(true)>{icon(Icon::Trash)}</button>
                    })}
                    {can_write.then(|| view! {
                        <button type="button" class="btn" data-testid="btn-duplicate" on:click=move |_| duplicate()>
                            {t(W::Duplicate)}<kbd>"Ctrl+Q"</kbd>
                        </button>
                    })}
                    <button type="button" class="btn" data-testid="btn-preview" on:click=move |_| preview()>
                        {t(W::Preview)}<kbd>"Ctrl+P"</kbd>
                    </button>
                    {is_signed.then(|| view! {
                        <button type="button" class="btn" data-testid="btn-export" on:click=export>{t(W::ExportContainer)}</button>
                    })}
                    {(can_write && mend.is_some()).then(|| {
                        let word = mend.unwrap_or(W::TakeBack);
                        let main = word != W::TakeBack;
                        view! {
                            <button type="button" class="btn" class:main=main data-testid="btn-mend"
                                on:click=move |_| mending.set(true)>{t(word)}</button>
                        }
                    })}
                    {is_signable.then(|| view! {
                        <button type="button" class="btn main" data-testid="btn-to-sign" on:click=move |_| {
                            desk.wanted.set(Some(bench.id));
                            desk.go(Screen::Sign);
                        }>{icon(Icon::Pen)}{t(W::ToSign)}</button>
                    })}
                    {(is_draft && can_write && is_sendable).then(|| view! {
                        <button type="button" class="btn main" data-testid="btn-submit"
                            aria-busy=move || busy.get().to_string()
                            disabled=move || busy.get() on:click=move |_| submit()>{t(W::Submit)}</button>
                    })}
                </div>
            </div>
            <Ribbon form=form.clone() local=now.local.clone() treasury=now.treasury.clone()/>
            <Notices bench/>
        </header>
        <Preview open=previewing id=bench.id forms=now.forms.clone() signed=is_signed/>
        <Confirm open=deleting title=t(W::DeleteDraft).to_owned() question=t(W::DeleteDraftAsk).to_owned()
            yes=t(W::DeleteDraftYes) tone="danger" testid="delete"
            act=move |_| desk.run(DeleteDraft { id: bench.id }, move |()| {
                bench.saver.let_go();
                desk.toast(t(W::Deleted));
                desk.go(Screen::Dossiers);
            })/>
        <Confirm open=warning title=t(W::WarningsTitle).to_owned() question=warnings yes=t(W::SubmitAnyway)
            testid="warnings" act=move |_| submit_now()/>
        <Confirm open=mending title=t(mend.unwrap_or(W::TakeBack)).to_owned() question=t(W::MendAsk).to_owned()
            yes=t(mend.unwrap_or(W::TakeBack)) testid="mend"
            act=move |_| desk.run(Mend { id: bench.id }, move |()| {
                bench.reload();
                desk.refresh();
            })/>
    }
}

fn number_of(bench: Bench) -> String {
    let id = bench
        .view
        .with(|v| v.forms.first().map(|f| f.summary.number.clone()));
    id.map_or_else(String::new, |id| bench.value(0, &id))
}

fn now_number(bench: Bench) -> String {
    let number = untrack(|| number_of(bench));
    if number.is_empty() {
        "ho-so".to_owned()
    } else {
        number.replace(['/', '\\', ':'], "-")
    }
}

fn number_and_basis(bench: Bench) -> String {
    let number = number_of(bench);
    let basis = bench.view.with(|v| {
        v.forms
            .first()
            .map_or_else(String::new, |f| say::basis(&f.basis))
    });
    if number.is_empty() {
        basis
    } else {
        format!("{} · {basis}", tf(W::Number, &[&number]))
    }
}

/// "✓ đã cất 08:14".
#[component]
fn SavedWord(bench: Bench) -> impl IntoView {
    view! {
        <span class="saved" role="status" data-testid="saved-at" data-kept=move || bench.saver.kept.with(|k| match k {
            Kept::Saved(_) => "saved",
            Kept::Changed => "changed",
            Kept::Saving => "saving",
            Kept::Failed(_) => "failed",
        })>
            {move || match bench.saver.kept.get() {
                Kept::Saved(at) => view! { {icon(Icon::Check)}<span>{tf(W::SavedAt, &[&say::time(at)])}</span> }.into_any(),
                Kept::Changed | Kept::Saving => view! { <span>{t(W::SavingNow)}</span> }.into_any(),
                Kept::Failed(_) => view! { <b class="bad">{icon(Icon::Warning)}{t(W::NotSaved)}</b> }.into_any(),
            }}
        </span>
    }
}

/// Tries at once what failed, and says so where it fails again.
fn save_again(bench: Bench) {
    spawn_local(async move {
        if let Err(error) = bench.saver.settle().await {
            bench.desk.fail(error);
        }
    });
}

/// What stands over the form: a failed save, a refused Trình ký, a dossier given back.
#[component]
fn Notices(bench: Bench) -> impl IntoView {
    let failed = Memo::new(move |_| match bench.saver.kept.get() {
        Kept::Failed(error) => Some(error),
        _ => None,
    });
    let errors = Memo::new(move |_| {
        bench
            .saver
            .findings
            .with(|all| all.iter().filter(|f| f.severity == Severity::Error).count())
    });
    view! {
        {move || failed.get().map(|error| {
            // the same again would be refused again
            let older = matches!(error.code, Code::Stale | Code::WrongState | Code::NotFound);
            view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| {
                    if older { bench.read_anew() } else { save_again(bench) }
                })/>
            }
        })}
        {(!bench.view.with_untracked(|v| v.forms_known)).then(|| {
            let error = AppError::new(Code::FormUnknown);
            view! { <FailurePanel error=Signal::stored(error) act=Callback::new(|()| {})/> }
        })}
        {move || (bench.blocked.get() && errors.get() > 0).then(|| view! {
            <div class="notice bad" role="alert" data-testid="blocked">
                {icon(Icon::Cross)}
                <span>{tf(W::Blocked, &[&errors.get()])}</span>
                <button type="button" class="btn quiet" data-testid="blocked-first"
                    on:click=move |_| bench.to_first_error()>{t(W::ToFirstError)}</button>
            </div>
        })}
        {move || bench.view.with(|v| say::giving_up(&v.local)).map(|said| view! {
            <div class="notice wait" data-testid="giving-up">{icon(Icon::Question)}<span>{said}</span></div>
        })}
        {move || bench.view.with(|v| v.returned.clone()).map(|(who, why)| view! {
            <div class="notice wait" data-testid="returned">
                {icon(Icon::Undo)}<span><b>{tf(W::ReturnedBy, &[&who])}</b>" “"{why}"”"</span>
            </div>
        })}
        {move || bench.view.with(|v| v.history.iter().find(|h| h.act == "signer-revoked").map(say::act)).map(|said| view! {
            <div class="notice wait" data-testid="signer-revoked">
                {icon(Icon::Warning)}<span>{said}</span>
            </div>
        })}
        {move || bench.view.with(|v| {
            let at_places: Vec<_> = v.remarks.iter().map(|r| (say::said_at(r), r.at, r.place.clone())).collect();
            (!at_places.is_empty()).then(|| view! {
                <div class="notice wait" data-testid="treasury-remarks">
                    {icon(Icon::Result)}
                    <ul>{at_places.into_iter().map(|(text, at, place)| view! {
                        <li>
                            <button type="button" class="link" data-testid="treasury-remark"
                                on:click=move |_| crate::widgets::findings::lead_to(&place)>
                                {text}
                            </button>
                            " "<small>{say::date_time(at)}</small>
                        </li>
                    }).collect_view()}</ul>
                </div>
            })
        })}
    }
}
