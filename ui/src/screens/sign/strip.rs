//! Beside the pages: the item, person and certificate, the token's warnings, PIN, act.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{GiveBack, Secret, Sign as SignCommand, StopSigning};
use hoso_contract::view::SignReport;
use hoso_contract::{AppError, Code};

use super::certificates::Certificates;
use super::token::{self, AfterWarnings, LastTry, Warnings};
use super::{Signing, role_word};
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::Desk;
use crate::widgets::confirm::Confirm;
use crate::widgets::failure::FailurePanel;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t, tf};

#[component]
pub fn Strip(signing: Signing) -> impl IntoView {
    let desk = signing.desk;
    let pin = RwSignal::new(String::new());
    // of a batch that was begun before the screen was left, too
    let busy = Memo::new(move |_| desk.signing.with(Option::is_some));
    let stopped = RwSignal::new(None::<AppError>);
    let knows_last = RwSignal::new(false);
    let giving_back = RwSignal::new(false);
    let stopping = RwSignal::new(false);
    // said after a login that worked
    let after = RwSignal::new(Vec::<String>::new());
    let token = Memo::new(move |_| signing.chosen().map(|(token, _)| token));
    let on_reader =
        Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(|t| t.protected_path)));
    let last_try = Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(token::is_last_try)));
    let is_locked = Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(token::is_locked)));
    let count = Memo::new(move |_| signing.items().len());
    let unseen = Memo::new(move |_| {
        let seen = signing.seen.get();
        signing
            .items()
            .iter()
            .filter(|i| !seen.contains(&i.id))
            .count()
    });
    let unit_name = move || desk.unit().map(|u| u.name).unwrap_or_default();
    // why the button is grey, in words; empty when it is not
    let why_not = Memo::new(move |_| {
        let Some(token) = token.get() else {
            return t(W::ChooseCertificate).to_owned();
        };
        if count.get() == 0 {
            return t(W::TickSomething).to_owned();
        }
        if unseen.get() > 0 {
            return tf(W::LookFirst, &[&unseen.get()]);
        }
        if desk.unit_changed.get() {
            return tf(W::ConfirmUnit, &[&unit_name()]);
        }
        token::why_not(&token, pin, knows_last)
    });
    let sign = move || {
        let Some(certificate) = signing.certificate.get_untracked() else {
            return;
        };
        if busy.get_untracked() || !why_not.with_untracked(String::is_empty) {
            return;
        }
        let items: Vec<_> = untrack(|| signing.items()).iter().map(|i| i.id).collect();
        let pin = if on_reader.get_untracked() {
            Secret(String::new())
        } else {
            take(pin)
        };
        stopping.set(false);
        after.set(Vec::new());
        stopped.set(None);
        knows_last.set(false);
        signing.outcome.set(Default::default());
        run(
            desk,
            SignCommand {
                items,
                certificate,
                pin,
            },
        );
    };
    Effect::new(move |_| {
        let Some(end) = desk.signed.get() else {
            return;
        };
        desk.signed.set(None);
        match end {
            Ok(SignReport {
                items,
                stopped: why,
                warnings,
            }) => {
                after.set(warnings);
                let good = items.iter().filter(|i| i.error.is_none()).count();
                if good > 0 {
                    desk.toast(tf(W::SignedCount, &[&good]));
                    // the next person looks with their own eyes
                    let here = signing.viewed.get_untracked();
                    signing
                        .seen
                        .update(|seen| seen.retain(|id| Some(*id) == here));
                }
                signing
                    .outcome
                    .set(items.into_iter().map(|i| (i.id, i.error)).collect());
                stopped.set(why);
            }
            Err(error) => stopped.set(Some(error)),
        }
        signing.reload();
    });
    // where the lock is met, the way out of it stands
    let unlock_way = Memo::new(move |_| {
        let told = stopped.with(|s| s.as_ref().is_some_and(|e| e.code == Code::TokenLocked));
        (told || is_locked.get()).then(|| {
            let issuer = signing.chosen().map(|(_, c)| c.issuer);
            say::unlock_way(&issuer.unwrap_or_default())
        })
    });
    let give_back = move |reason: String| {
        let Some(id) = signing.viewed.get_untracked() else {
            return;
        };
        desk.run(GiveBack { id, reason }, move |()| {
            desk.toast(t(W::GivenBack));
            signing.reload();
            desk.refresh();
        });
    };
    view! {
        <form class="card strip" data-testid="strip" on:submit=move |e| { e.prevent_default(); sign(); } novalidate>
            {move || signing.item().map(|item| view! {
                <section class="strip-item">
                    <span class="tag info">{role_word(&item)}</span>
                    <p><small>{t(W::Payee)}</small><br/><b data-testid="strip-payee">{item.payee.clone()}</b><br/>
                        <small>{item.payee_bank.clone()}</small></p>
                    <p class="row between"><b class="amount num" data-testid="strip-total">{format!("{} đ", item.total)}</b>
                        {item.usable.map(|u| view! { <small title=t(W::Usable)>{tf(W::UsableShort, &[&u])}</small> })}</p>
                    {if item.warnings.is_empty() {
                        view! { <span class="tag good small">{icon(Icon::Check)}{t(W::AllChecksPass)}</span> }.into_any()
                    } else {
                        view! { <ul class="findings">{item.warnings.iter().map(|w| view! {
                            <li class="finding wait">{icon(Icon::Warning)}<span>{say::finding(w)}</span></li>
                        }).collect_view()}</ul> }.into_any()
                    }}
                </section>
            })}
            <section class="strip-who">
                <h2>{t(W::Signer)}</h2>
                <Certificates tokens=signing.tokens certificate=signing.certificate
                    search=move |()| { signing.tokens.set(None); desk.tokens.update(|n| *n = n.wrapping_add(1)); }/>
            </section>
            <section class="strip-pin">
                <Warnings token/>
                {move || desk.unit_changed.get().then(|| view! {
                    <label class="tick"><input type="checkbox" data-testid="knows-unit"
                        on:change=move |e| desk.unit_changed.set(!event_target_checked(&e))/>
                        <span>{move || tf(W::KnowsUnit, &[&unit_name()])}</span></label>
                })}
                {move || (last_try.get() && !is_locked.get()).then(|| view! {
                    <LastTry knows=knows_last testid="knows-last-try"/>
                })}
                {move || if on_reader.get() {
                    view! { <p class="note">{t(W::PinOnReader)}</p> }.into_any()
                } else {
                    view! {
                        <PinField pin label=Signal::derive(move || signing.chosen().map_or_else(|| t(W::PinOfToken).to_owned(), |(_, c)| tf(W::PinOf, &[&c.holder])))
                            disabled=Signal::derive(move || busy.get() || is_locked.get())/>
                    }.into_any()
                }}
                <AfterWarnings after/>
                {move || stopped.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
                {move || unlock_way.get().map(|way| view! { <p class="note" data-testid="unlock-way">{way}</p> })}
                <p class="note" id="why-not" data-testid="sign-why-not" aria-live="polite">{move || why_not.get()}</p>
                <button type="submit" class="btn main block" data-testid="sign-now" aria-describedby="why-not"
                    disabled=move || busy.get() || !why_not.with(String::is_empty)>
                    {icon(Icon::Pen)}
                    {move || if busy.get() {
                        desk.signing.get().filter(|(done, _)| *done > 0).map_or_else(|| t(W::SigningWait).to_owned(), |(done, of)| tf(W::SigningNow, &[&done, &of]))
                    } else {
                        tf(W::SignThese, &[&count.get()])
                    }}
                </button>
                {move || busy.get().then(|| view! {
                    <button type="button" class="btn block" data-testid="btn-stop-signing" disabled=move || stopping.get()
                        on:click=move |_| { stopping.set(true); desk.run(StopSigning {}, |()| {}); }>
                        {icon(Icon::Pause)}{move || t(if stopping.get() { W::StoppingSigning } else { W::StopSigning })}</button>
                })}
                <button type="button" class="btn block" data-testid="btn-give-back"
                    disabled=move || busy.get() || signing.viewed.get().is_none()
                    on:click=move |_| giving_back.set(true)>{t(W::GiveBack)}</button>
            </section>
            <Confirm open=giving_back title=t(W::GiveBackTitle).to_owned()
                question=Signal::derive(move || signing.item().map_or_else(String::new, |i| tf(W::GiveBackAsk, &[&i.title])))
                reason=t(W::Reason) yes=t(W::GiveBackYes) testid="give-back" act=give_back/>
        </form>
    }
}

/// Signs a batch. It goes on, and its end is kept, while another screen is shown.
fn run(desk: Desk, batch: SignCommand) {
    let total = u32::try_from(batch.items.len()).unwrap_or(u32::MAX);
    desk.signed.set(None);
    desk.signing.set(Some((0, total)));
    spawn_local(async move {
        let end = ipc::call(batch).await;
        desk.signing.set(None);
        desk.signed.set(Some(end));
        desk.refresh();
        // the token's own count of wrong tries may have changed
        desk.tokens.update(|n| *n = n.wrapping_add(1));
    });
}
