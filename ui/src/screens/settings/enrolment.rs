//! Đăng ký máy: whether the portal takes this PC, and the account owner's signature where no code is left.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{GetEnrolment, SignEnrolment};
use hoso_contract::view::{EnrolmentStanding, EnrolmentView};
use hoso_domain::digest::Digest;
use hoso_domain::party::Role;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::sign::Certificates;
use crate::screens::sign::token::{self, AfterWarnings, LastTry, Warnings};
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::modal::Modal;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t, tf};

#[component]
pub fn Enrolment() -> impl IntoView {
    let desk = desk();
    let known = RwSignal::new(None::<EnrolmentView>);
    let asking = RwSignal::new(false);
    // said after a login that worked
    let after = RwSignal::new(Vec::<String>::new());
    Effect::new(move || {
        desk.devices.track();
        desk.session.track();
        spawn_local(async move {
            match ipc::call(GetEnrolment {}).await {
                Ok(view) => {
                    known.try_set(view);
                }
                Err(error) => desk.fail(error),
            }
        });
    });
    let can_be_signed = Memo::new(move |_| {
        use EnrolmentStanding as S;
        let open = |view: &EnrolmentView| {
            matches!(view.standing, S::ByCode | S::Missing | S::Refused { .. })
        };
        known.with(|view| view.as_ref().is_some_and(open))
    });
    view! {
        <section class="card side" data-testid="enrolment">
            <h2>{t(W::EnrolmentWord)}</h2>
            <p class="note">{t(W::EnrolmentNote)}</p>
            {move || known.get().map(|view| standing(view.standing))}
            <AfterWarnings after/>
            {move || can_be_signed.get().then(|| view! {
                <button type="button" class="btn" data-testid="btn-owner-signs" disabled=move || desk.read_only()
                    on:click=move |_| asking.set(true)>{icon(Icon::Pen)}{t(W::OwnerSigns)}</button>
            })}
            <Modal open=asking title=Signal::derive(|| t(W::OwnerSignsTitle).to_owned()) testid="owner-signs" class="footed">
                {move || known.get_untracked().map(|view| view! { <OwnerSigns view known asking after/> })}
            </Modal>
        </section>
    }
}

fn standing(standing: EnrolmentStanding) -> impl IntoView {
    use EnrolmentStanding as S;
    let (words, why) = match standing {
        S::Done => (t(W::EnrolmentDone).to_owned(), None),
        S::Ended => (t(W::EnrolmentEnded).to_owned(), None),
        S::ByCode => (t(W::EnrolmentByCode).to_owned(), None),
        S::Missing => (t(W::EnrolmentMissing).to_owned(), None),
        S::Signed { name, until } => {
            let until = say::date_time_of(until);
            (tf(W::EnrolmentSigned, &[&name, &until]), None)
        }
        S::Refused { name, why } => (tf(W::EnrolmentRefused, &[&name]), Some(why)),
    };
    view! {
        <p data-testid="enrolment-standing">{words}</p>
        {why.map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
    }
}

/// What is signed, by which certificate, and the PIN.
#[component]
fn OwnerSigns(
    view: EnrolmentView,
    known: RwSignal<Option<EnrolmentView>>,
    asking: RwSignal<bool>,
    /// Takes what is said of the token afterwards.
    after: RwSignal<Vec<String>>,
) -> impl IntoView {
    let desk = desk();
    let tokens = token::followed(desk);
    let certificate = RwSignal::new(None::<Digest>);
    let pin = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let knows_last = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let chosen = Memo::new(move |_| token::chosen(tokens, certificate));
    let token = Memo::new(move |_| chosen.get().map(|(token, _)| token));
    let on_reader =
        Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(|t| t.protected_path)));
    let last_try = Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(token::is_last_try)));
    // why the button is grey, in words; empty when it is not
    let why_not = Memo::new(move |_| {
        let owners = chosen
            .get()
            .filter(|(_, certificate)| certificate.roles.contains(&Role::AccountOwner));
        let Some((token, _)) = owners else {
            return t(W::OwnerCertificate).to_owned();
        };
        token::why_not(&token, pin, knows_last)
    });
    let sign = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(certificate) = certificate.get_untracked() else {
            return;
        };
        if busy.get_untracked() || !why_not.with_untracked(String::is_empty) {
            return;
        }
        let pin = take(pin);
        busy.set(true);
        knows_last.set(false);
        failed.set(None);
        after.set(Vec::new());
        spawn_local(async move {
            let end = ipc::call(SignEnrolment { certificate, pin }).await;
            busy.try_set(false);
            match end {
                Ok(signed) => {
                    known.try_set(Some(signed.enrolment));
                    after.try_set(signed.warnings);
                    asking.try_set(false);
                    desk.toast(t(W::OwnerSigned));
                }
                Err(error) => {
                    // closed meanwhile: told all the same
                    if let Some(Some(error)) = failed.try_set(Some(error)) {
                        desk.fail(error);
                    }
                }
            }
            // the token's own count of wrong tries may have changed
            desk.tokens.update(|n| *n = n.wrapping_add(1));
        });
    };
    view! {
        <form on:submit=sign novalidate data-testid="owner-signs-form">
            <div class="modal-scroll">
                <p data-testid="owner-signs-what">{t(W::OwnerSignsWhat)}</p>
                <dl class="facts" data-testid="owner-signs-facts">
                    <dt>{t(W::DeviceThis)}</dt><dd>{view.pc}</dd>
                    {untrack(|| desk.unit()).map(|unit| view! {
                        <dt>{t(W::UnitWord)}</dt><dd>{unit.name}</dd>
                        <dt>{t(W::UnitCode)}</dt><dd>{unit.code}</dd>
                    })}
                    <dt>{t(W::PortalWord)}</dt><dd>{view.portal}" "<small>{view.address}</small></dd>
                </dl>
                <p class="note">{t(W::OwnerSignsDays)}</p>
                <Certificates tokens certificate search=move |()| token::search(tokens)/>
                <Warnings token/>
                {move || last_try.get().then(|| view! { <LastTry knows=knows_last testid="owner-knows-last-try"/> })}
                {move || if on_reader.get() {
                    view! { <p class="note">{t(W::ReaderAsks)}</p> }.into_any()
                } else {
                    view! { <PinField pin label=t(W::PinOfToken).to_owned() disabled=busy testid="owner-pin"/> }.into_any()
                }}
            </div>
            {move || failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
            <footer class="modal-foot">
                <p class="note push" id="owner-why-not" data-testid="owner-why-not" aria-live="polite">{move || why_not.get()}</p>
                <button type="button" class="btn" data-testid="owner-signs-no" on:click=move |_| asking.set(false)>{t(W::Cancel)}</button>
                <button type="submit" class="btn main" data-testid="owner-signs-yes" aria-describedby="owner-why-not"
                    disabled=move || busy.get() || !why_not.with(String::is_empty)>
                    {icon(Icon::Pen)}{move || t(if busy.get() { W::SigningWait } else { W::OwnerSignNow })}</button>
            </footer>
        </form>
    }
}
