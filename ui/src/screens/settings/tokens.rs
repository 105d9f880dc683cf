//! Kiểm tra USB token: what is plugged in, a test signature, the token's PIN and PUK.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{ChangeTokenPin, Secret, TestToken, UnblockToken};
use hoso_contract::view::{CertificateView, TestState, TestStep, TokenTest, TokenView};

use super::{save, settings_of};
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::sign::{Certificates, token};
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t, tf};

#[component]
pub fn Tokens() -> impl IntoView {
    let desk = desk();
    let tokens = token::followed(desk);
    let certificate = RwSignal::new(None);
    let drivers = move || {
        tokens.with(|t| match t {
            Some(Ok(found)) => found.drivers.clone(),
            _ => Vec::new(),
        })
    };
    let chosen = Memo::new(move |_| token::chosen(tokens, certificate));
    let settings = settings_of(desk);
    let pss = move || settings.with(|s| s.as_ref().is_some_and(|s| s.prefer_pss));
    view! {
        <section class="card side" data-testid="token-settings">
            <h2>{t(W::TokenWord)}</h2>
            <Certificates tokens certificate search=move |()| token::search(tokens)/>
            <ul class="plain">{move || drivers().into_iter().map(|d| view! {
                <li><code data-testid="module">{d.path}</code>" "<small>{format!("{} {}", d.description, d.version)}</small></li>
            }).collect_view()}</ul>
            <Test chosen/>
            <NewPin chosen by=By::Pin/>
            <NewPin chosen by=By::Puk/>
            <label class="tick"><input type="checkbox" data-testid="setting-pss" prop:checked=pss disabled=move || desk.read_only()
                on:change=move |e| { let on = event_target_checked(&e); save(desk, |s| s.prefer_pss = on); }/><span>{t(W::PreferPss)}</span></label>
            <p class="note">{t(W::ForMemory)}</p>
        </section>
    }
}

type Chosen = Memo<Option<(TokenView, CertificateView)>>;

/// A test signature, and each thing that was looked at on the way.
#[component]
fn Test(chosen: Chosen) -> impl IntoView {
    let pin = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let result = RwSignal::new(None::<Result<TokenTest, AppError>>);
    // drawn anew, the fields would lose the cursor of who types while a token comes or goes
    let on_reader =
        Memo::new(move |_| chosen.with(|c| c.as_ref().is_some_and(|(t, _)| t.protected_path)));
    let run = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some((_, certificate)) = chosen.get_untracked() else {
            return;
        };
        let pin = take(pin);
        busy.set(true);
        result.set(None);
        spawn_local(async move {
            let certificate = certificate.id;
            let tested = ipc::call(TestToken { certificate, pin }).await;
            busy.try_set(false);
            result.try_set(Some(tested));
        });
    };
    let ready = move || {
        let typed = !pin.with(String::is_empty);
        chosen.with(Option::is_some) && !busy.get() && (on_reader.get() || typed)
    };
    view! {
        <form on:submit=run novalidate data-testid="token-test">
            <h3>{t(W::TestToken)}</h3>
            <p class="note">{t(W::TestTokenNote)}</p>
            {move || if on_reader.get() {
                view! { <p class="note">{t(W::ReaderAsks)}</p> }.into_any()
            } else {
                view! { <PinField pin label=t(W::PinOfToken).to_owned() testid="test-pin"/> }.into_any()
            }}
            {move || chosen.with(Option::is_none).then(|| view! { <p class="note">{t(W::ChooseCertificate)}</p> })}
            <button type="submit" class="btn" data-testid="btn-test-token" disabled=move || !ready()>
                {icon(Icon::Pen)}{move || t(if busy.get() { W::TestRunning } else { W::TestNow })}</button>
        </form>
        {move || result.get().map(|r| match r {
            Err(error) => view! { <FailurePanel error=Signal::stored(error)/> }.into_any(),
            Ok(test) => view! {
                <div data-testid="test-result" data-passed=test.passed.to_string() aria-live="polite">
                    <p><b>{t(if test.passed { W::TestPassed } else { W::TestFailed })}</b></p>
                    <ul class="plain">{test.steps.into_iter().map(step).collect_view()}</ul>
                </div>
            }.into_any(),
        })}
    }
}

fn step(step: TestStep) -> impl IntoView {
    let (mark, class, state) = match step.state {
        TestState::Good => (Icon::Check, "note good", "good"),
        TestState::Warning => (Icon::Warning, "note wait", "warning"),
        TestState::Bad => (Icon::Cross, "err", "bad"),
        TestState::NotReached => (Icon::Clock, "note", "not-reached"),
    };
    let remarks: Vec<String> = step.remarks.iter().map(|r| say::remark(r)).collect();
    let words = step.error.as_ref().map(say::failure);
    view! {
        <li class=class data-testid="test-step" data-step=step.name.clone() data-state=state>
            {icon(mark)}<b>{say::test_step(&step.name)}</b>" "
            {if step.state == TestState::NotReached { t(W::NotReached).to_owned() } else { step.found }}
            {remarks.into_iter().map(|r| view! { <p>{r}</p> }).collect_view()}
            {words.map(|w| view! { <p>{w.title}". "{w.cause}" "{w.remedy}</p> })}
        </li>
    }
}

/// By what a new PIN is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Pin,
    Puk,
}

/// A new PIN, by the old one or by the PUK.
#[component]
fn NewPin(chosen: Chosen, by: By) -> impl IntoView {
    let desk = desk();
    let first = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let again = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let busy = RwSignal::new(false);
    let (title, label, act, done, testid) = match by {
        By::Pin => (
            W::ChangeTokenPin,
            W::OldPin,
            W::ChangePinAct,
            W::TokenPinChanged,
            "change-pin",
        ),
        By::Puk => (
            W::UnlockToken,
            W::PukWord,
            W::UnlockAct,
            W::TokenUnlocked,
            "unlock-token",
        ),
    };
    let on_reader =
        Memo::new(move |_| chosen.with(|c| c.as_ref().is_some_and(|(t, _)| t.protected_path)));
    let ids = match by {
        By::Pin => ("old-pin", "new-pin", "new-pin-again"),
        By::Puk => ("puk", "puk-new-pin", "puk-new-pin-again"),
    };
    let differ = Signal::derive(move || {
        if tried.get() && new.get() != again.get() {
            t(W::PinsDiffer).to_owned()
        } else {
            String::new()
        }
    });
    let set = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let Some((token, _)) = chosen.get_untracked() else {
            return;
        };
        if new.get_untracked() != again.get_untracked() {
            return;
        }
        let (module, serial) = (token.module, token.serial);
        let (first, new): (Secret, Secret) = (take(first), take(new));
        drop(take(again));
        tried.set(false);
        failed.set(None);
        busy.set(true);
        spawn_local(async move {
            let end = match by {
                By::Pin => {
                    let old = first;
                    ipc::call(ChangeTokenPin {
                        module,
                        serial,
                        old,
                        new,
                    })
                    .await
                }
                By::Puk => {
                    let puk = first;
                    ipc::call(UnblockToken {
                        module,
                        serial,
                        puk,
                        new,
                    })
                    .await
                }
            };
            busy.try_set(false);
            match end {
                Ok(_) => desk.toast(t(done)),
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let ready = move || {
        let typed = !first.with(String::is_empty) && !new.with(String::is_empty);
        let may = chosen.with(Option::is_some) && !desk.read_only();
        may && !busy.get() && (on_reader.get() || typed)
    };
    view! {
        <details data-testid=testid>
            <summary>{t(title)}</summary>
            {(by == By::Puk).then(|| view! {
                <p class="note">{move || chosen.with(|c| c.as_ref().map(|(_, c)| say::unlock_way(&c.issuer)).unwrap_or_else(|| say::unlock_way("")))}</p>
            })}
            <form on:submit=set novalidate>
                {move || chosen.with(|c| c.as_ref().map(|(t, _)| tf(W::PinLength, &[&t.pin_min, &t.pin_max]))).map(|w| view! { <p class="note">{w}</p> })}
                {move || if on_reader.get() {
                    view! { <p class="note">{t(W::ReaderAsks)}</p> }.into_any()
                } else {
                    view! {
                        <PinField pin=first label=t(label).to_owned() testid=ids.0/>
                        <PinField pin=new label=t(W::NewTokenPin).to_owned() testid=ids.1/>
                        <PinField pin=again label=t(W::NewPinAgain).to_owned() error=differ testid=ids.2/>
                    }.into_any()
                }}
                {move || failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
                <button type="submit" class="btn" data-testid=format!("btn-{testid}") disabled=move || !ready()>{t(act)}</button>
            </form>
        </details>
    }
}
