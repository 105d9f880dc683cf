//! Kết quả: what the treasury answered, readable without a link.

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::{
    AskWithdrawal, DuplicateDossier, ExportResult, GetResults, MarkRead, Mend, PickPath,
};
use hoso_contract::view::{ResultDocument, ResultRow, ResultsPage, SignatureView, WithdrawalView};
use hoso_domain::id::DossierId;
use hoso_domain::life::TreasuryState;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::desk;
use crate::widgets::confirm::Confirm;
use crate::widgets::failure::FailurePanel;
use crate::widgets::modal::Modal;
use crate::widgets::pages::{Pages, Paper, PrintButton, Source};
use crate::widgets::tag::TreasuryTag;
use crate::words::{W, t, tf};

/// Rows read at a time.
const PAGE: u32 = 100;

#[component]
pub fn Results() -> impl IntoView {
    let desk = desk();
    let rows = RwSignal::new(Vec::<ResultRow>::new());
    let chosen = RwSignal::new(None::<DossierId>);
    let failed = RwSignal::new(None::<AppError>);
    let loaded = RwSignal::new(false);
    let again = RwSignal::new(0u32);
    let after = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        desk.results.track();
        again.track();
        // what was read so far is read again in one go
        let shown = u32::try_from(rows.with_untracked(Vec::len)).unwrap_or(PAGE);
        let ask = GetResults {
            after: None,
            limit: shown.max(PAGE),
            with: desk.wanted.get_untracked(),
        };
        leptos::task::spawn_local(async move {
            match ipc::call(ask).await {
                Ok(ResultsPage {
                    rows: got,
                    after: next,
                }) => {
                    let has = |id: DossierId| got.iter().any(|r| r.id == id);
                    let wanted = desk.wanted.get_untracked().filter(|id| has(*id));
                    desk.wanted.set(None);
                    let keep = chosen.try_get_untracked().flatten().filter(|id| has(*id));
                    let first = got.first().map(|r| r.id);
                    if rows.try_set(got).is_some() {
                        return;
                    }
                    after.set(next);
                    failed.set(None);
                    loaded.set(true);
                    chosen.set(wanted.or(keep).or(first));
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    });
    let more = move |_| {
        let ask = GetResults {
            after: after.get_untracked(),
            limit: PAGE,
            with: None,
        };
        desk.run(ask, move |page| {
            rows.update(|all| {
                for row in page.rows {
                    // the one that was asked for by name may come again in its place
                    all.retain(|r| r.id != row.id);
                    all.push(row);
                }
            });
            after.set(page.after);
        });
    };
    let shown = Memo::new(move |_| {
        let id = chosen.get()?;
        rows.with(|r| r.iter().find(|r| r.id == id).cloned())
    });
    // what is read for a while is read
    Effect::new(move |_| {
        if let Some(row) = shown.get()
            && row.unread
            && !untrack(|| desk.read_only())
        {
            leptos::task::spawn_local(async move {
                if ipc::call(MarkRead { id: row.id }).await.is_ok() {
                    rows.try_update(|all| {
                        for r in all.iter_mut().filter(|r| r.id == row.id) {
                            r.unread = false;
                        }
                    });
                    desk.refresh();
                }
            });
        }
    });
    view! {
        <div class="screen results" data-testid="screen-results">
            <header class="head"><div class="title"><h1>{t(W::Results)}</h1><p class="subtitle"><small>{t(W::ResultsNote)}</small></p></div></header>
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| again.update(|n| *n = n.wrapping_add(1)))/>
            })}
            {move || (loaded.get() && rows.with(Vec::is_empty)).then(|| view! {
                <div class="card empty" data-testid="results-none"><b>{t(W::NoResults)}</b><p>{t(W::NoResultsNote)}</p></div>
            })}
            <div class="split" class:none=move || rows.with(Vec::is_empty)>
                <ul class="card result-list" data-testid="results">
                    <For each=move || rows.get() key=|r| format!("{r:?}") let:row><Line row chosen/></For>
                    {move || after.get().is_some().then(|| view! {
                        <li><button type="button" class="btn quiet" data-testid="results-more" on:click=more>{t(W::OlderResults)}</button></li>
                    })}
                </ul>
                {move || shown.get().map(|row| view! { <Detail row/> })}
            </div>
        </div>
    }
}

#[component]
fn Line(row: ResultRow, chosen: RwSignal<Option<DossierId>>) -> impl IntoView {
    let id = row.id;
    let on = Memo::new(move |_| chosen.get() == Some(id));
    view! {
        <li>
            <button type="button" class="result-line" class:on=move || on.get() class:unread=row.unread
                aria-current=move || on.get().then_some("true")
                data-testid="result-row" data-dossier=id.to_string() on:click=move |_| chosen.set(Some(id))>
                <span class="row between"><b>{row.title.clone()}</b>{row.unread.then(|| view! { <span class="dot" title=t(W::Unread)></span> })}</span>
                <span class="tags"><TreasuryTag state=Signal::stored(row.treasury.clone())/></span>
                <small>{format!("{} · {} đ · {}", row.number, row.total, say::date_time(row.at))}</small>
            </button>
        </li>
    }
}

#[component]
fn Detail(row: ResultRow) -> impl IntoView {
    let desk = desk();
    let id = row.id;
    let act = match row.treasury {
        TreasuryState::SupplementAsked => Some(W::Supplement),
        TreasuryState::Refused | TreasuryState::MoneyReturned => Some(W::Remake),
        _ => None,
    }
    .filter(|_| row.may_mend);
    let mend = move |_| {
        desk.run(Mend { id }, move |()| {
            desk.refresh();
            desk.edit(id);
        })
    };
    // what was withdrawn is over; its content goes on as a new dossier
    let withdrawn = row.treasury == TreasuryState::Withdrawn;
    let duplicate = move |_| desk.run(DuplicateDossier { id }, move |new| desk.edit(new));
    let can = !untrack(|| desk.read_only());
    let withdrawing = RwSignal::new(false);
    let asked = row.remarks.clone();
    let form = row.form.clone();
    view! {
        <article class="card detail" data-testid="result-detail" data-dossier=id.to_string()>
            <header class="row between top">
                <div><h2>{row.title.clone()}</h2>
                    <small>{format!("{} · {} · {} đ", row.number, tf(W::FormNumber, &[&row.form]), row.total)}</small></div>
                <div class="tags"><TreasuryTag state=Signal::stored(row.treasury.clone())/></div>
            </header>
            <dl class="facts">
                {(!row.treasury_number.is_empty()).then(|| view! { <dt>{t(W::TreasuryNumberWord)}</dt><dd data-testid="result-number">{row.treasury_number.clone()}</dd> })}
                <dt>{t(W::AnsweredAt)}</dt><dd>{say::date_time(row.at)}</dd>
                {row.answer_due.map(|day| view! { <dt>{t(W::AnswerDue)}</dt><dd data-testid="result-due">{say::date(day)}</dd> })}
                {row.appointment.map(|at| view! { <dt>{t(W::Appointment)}</dt><dd data-testid="result-appointment">{say::date_time(at)}</dd> })}
            </dl>
            {(!row.text.is_empty()).then(|| view! {
                <blockquote class="notice wait" data-testid="result-text">{icon(Icon::Result)}<span>"“"{row.text.clone()}"”"</span></blockquote>
            })}
            {(!asked.is_empty()).then(|| view! {
                <ul class="asked">
                    {asked.into_iter().map(|r| view! {
                        <li data-testid="result-remark">{icon(Icon::Warning)}<span><b>{say::place(&r.place, &form)}</b>" — “"{r.text}"”"</span></li>
                    }).collect_view()}
                </ul>
            })}
            {row.withdrawal.clone().map(|wish| view! { <Wish wish/> })}
            <div class="row">
                {(can && act.is_some()).then(|| view! {
                    <button type="button" class="btn main" data-testid="result-mend" on:click=mend>{t(act.unwrap_or(W::Remake))}</button>
                })}
                {(can && withdrawn).then(|| view! {
                    <button type="button" class="btn main" data-testid="result-duplicate" on:click=duplicate>{t(W::Duplicate)}</button>
                })}
                <button type="button" class="btn" data-testid="result-open-dossier" on:click=move |_| desk.edit(id)>{t(W::OpenDossier)}</button>
                {(can && row.may_withdraw).then(|| view! {
                    <button type="button" class="btn quiet" data-testid="result-withdraw"
                        on:click=move |_| withdrawing.set(true)>{t(W::Withdraw)}</button>
                    <Confirm open=withdrawing title=t(W::Withdraw).to_owned() question=t(W::WithdrawAsk).to_owned()
                        reason=t(W::WithdrawReason) yes=t(W::WithdrawYes) testid="withdraw"
                        act=move |reason| desk.run(AskWithdrawal { id, reason }, move |()| {
                            desk.toast(t(W::WithdrawKept));
                            desk.refresh();
                        })/>
                })}
            </div>
            {(!row.documents.is_empty()).then(|| view! {
                <h3>{t(W::Documents)}</h3>
                <ul class="documents">{row.documents.iter().cloned().map(|d| view! { <Document document=d/> }).collect_view()}</ul>
            })}
            {row.awaited.iter().map(|d| view! {
                <div class="notice wait" data-testid="result-awaited">
                    {icon(Icon::File)}
                    <span>{tf(W::DocumentAwaited, &[&d.name, &say::size(d.size)])}</span>
                </div>
            }).collect_view()}
            {row.receipt.clone().map(|r| view! {
                <section class="receipt" data-testid="receipt">
                    <h3>{icon(Icon::Shield)}{t(W::Receipt)}</h3>
                    <dl class="facts">
                        <dt>{t(W::ReceivedAt)}</dt><dd>{say::date_time(r.received_at)}</dd>
                        <dt>{t(W::ReceiptSeq)}</dt><dd>{r.seq}</dd>
                        <dt>{t(W::ReceiptSigner)}</dt><dd>{r.signer.clone()}</dd>
                        <dt>"SHA-256"</dt><dd class="mono small" data-testid="receipt-digest">{r.digest.hex()}</dd>
                    </dl>
                </section>
            })}
            {(!row.signatures.is_empty()).then(|| view! {
                <section class="receipt" data-testid="result-signatures">
                    <h3>{icon(Icon::Pen)}{t(W::SignaturesSent)}</h3>
                    <dl class="facts">{row.signatures.iter().cloned().map(|s| view! { <Signature signature=s/> }).collect_view()}</dl>
                </section>
            })}
        </article>
    }
}

/// Who signed what was sent, when, and since when it is proven to have been there.
#[component]
fn Signature(signature: SignatureView) -> impl IntoView {
    let stamp = match &signature.timestamp {
        Some(said) => Some(tf(
            W::TimestampSays,
            &[&say::date_time(said.at), &said.authority],
        )),
        None if signature.awaits_timestamp => Some(t(W::TimestampNone).to_owned()),
        None => None,
    };
    view! {
        <dt>{say::role(signature.role)}</dt>
        <dd>{signature.holder}<br/><small>{say::date_time(signature.signed_at)}</small>
            {stamp.map(|said| view! { <br/><small data-testid="result-timestamp">{said}</small> })}</dd>
    }
}

/// How far the unit's wish to have it back came.
#[component]
fn Wish(wish: WithdrawalView) -> impl IntoView {
    let stands = match (&wish.refused, wish.delivered) {
        (Some(said), _) => tf(W::WithdrawRefused, &[said]),
        (None, true) => t(W::WithdrawDelivered).to_owned(),
        (None, false) => t(W::WithdrawWaiting).to_owned(),
    };
    view! {
        <div class="notice wait" data-testid="result-withdrawal">
            {icon(Icon::Undo)}
            <span>{stands}" “"{wish.reason}"” "<small>{say::date_time(wish.asked)}</small></span>
        </div>
    }
}

#[component]
fn Document(document: ResultDocument) -> impl IntoView {
    let desk = desk();
    let open = RwSignal::new(false);
    let paper = Paper::provide();
    let (id, pages) = (document.id, document.pages);
    let name = StoredValue::new(document.name.clone());
    let export = move |_| {
        desk.run(
            PickPath {
                kind: "save-document".to_owned(),
                suggested: name.get_value(),
            },
            move |path| {
                let Some(path) = path else { return };
                let told = path.clone();
                desk.run(ExportResult { document: id, path }, move |()| {
                    desk.toast(tf(W::ExportedTo, &[&told]))
                });
            },
        );
    };
    view! {
        <li data-testid="result-document">
            {icon(Icon::File)}
            <span class="file-name"><b>{document.name.clone()}</b><br/>
                <small>{say::size(document.size)}" · "{tf(W::PageCount, &[&pages])}</small></span>
            {if document.verified {
                view! { <span class="tag good small" data-testid="verified">{icon(Icon::Shield)}{t(W::SignatureGood)}</span> }.into_any()
            } else {
                view! { <span class="tag bad small" data-testid="not-verified">{icon(Icon::Warning)}{t(W::SignatureNotProven)}</span> }.into_any()
            }}
            <button type="button" class="btn small" data-testid="document-open" on:click=move |_| open.set(true)>{t(W::View)}</button>
            <button type="button" class="btn quiet small" data-testid="document-export" on:click=export>{t(W::Export)}</button>
            <Modal open title=Signal::derive(move || name.get_value()) testid="document" class="wide printable">
                <div class="modal-tools"><PrintButton paper testid="document-print"/></div>
                <Pages source=Source::Result { document: id } count=pages/>
            </Modal>
        </li>
    }
}
