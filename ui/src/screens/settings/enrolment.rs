//! Đăng ký máy: whether the portal takes this PC, and the account owner's signature where no code is left.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{FindTokens, GetEnrolment, SignEnrolment};
use hoso_contract::view::{EnrolmentStanding, EnrolmentView, TokensView};
use hoso_domain::digest::Digest;
use hoso_domain::party::Role;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::sign::Certificates;
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
            {move || after.get().into_iter().map(|w| view! {
                <div class="notice wait" data-testid="after-warning" data-warning=w.clone()>{icon(Icon::Warning)}<span>{say::token_warning(&w, 0)}</span></div>
            }).collect_view()}
            {move || can_be_signed.get().then(|| view! {
                <button type="button" class="btn" data-testid="btn-owner-signs" disabled=move || desk.read_only()
                    on:click=move |_| asking.set(true)>{icon(Icon::Pen)}{t(W::OwnerSigns)}</button>
            })}
            <Modal open=asking title=Signal::derive(|| t(W::OwnerSignsTitle).to_owned()) testid="owner-signs">
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
    let tokens = RwSignal::new(None::<Result<TokensView, AppError>>);
    let certificate = RwSignal::new(None::<Digest>);
    let pin = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let knows_last = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let search = move || {
        tokens.set(None);
        spawn_local(async move {
            tokens.try_set(Some(ipc::call(FindTokens {}).await));
        });
    };
    Effect::new(move |_| {
        desk.tokens.track();
        untrack(search);
    });
    let chosen = Memo::new(move |_| {
        let id = certificate.get()?;
        tokens.with(|t| {
            let Some(Ok(found)) = t else { return None };
            found.tokens.iter().find_map(|token| {
                let certificate = token.certificates.iter().find(|c| c.id == id)?;
                Some((token.clone(), certificate.clone()))
            })
        })
    });
    let token = Memo::new(move |_| chosen.get().map(|(token, _)| token));
    let on_reader =
        Memo::new(move |_| token.with(|t| t.as_ref().is_some_and(|t| t.protected_path)));
    let last_try = Memo::new(move |_| {
        token.with(|t| {
            t.as_ref()
                .is_some_and(|t| t.warnings.iter().any(|w| w == "final-try"))
        })
    });
    // why the button is grey, in words; empty when it is not
    let why_not = Memo::new(move |_| {
        let owners = chosen
            .get()
            .filter(|(_, certificate)| certificate.roles.contains(&Role::AccountOwner));
        let Some((token, _)) = owners else {
            return t(W::OwnerCertificate).to_owned();
        };
        if token.warnings.iter().any(|w| w == "locked") {
            return t(W::TokenIsLocked).to_owned();
        }
        let length = u32::try_from(pin.with(|p| p.chars().count())).unwrap_or(u32::MAX);
        let short = length < token.pin_min.max(1);
        let long = token.pin_max > 0 && length > token.pin_max;
        if !token.protected_path && (short || long) {
            return tf(W::PinLength, &[&token.pin_min, &token.pin_max]);
        }
        if last_try.get() && !knows_last.get() {
            return t(W::ConfirmLastTry).to_owned();
        }
        String::new()
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
            <Certificates tokens certificate search=move |()| search()/>
            {move || token.get().map(|token| {
                let tries = token.wrong_tries;
                token.warnings.into_iter().map(move |w| {
                    let bad = w == "locked" || w == "final-try";
                    view! {
                        <div class=if bad { "notice bad" } else { "notice wait" } data-testid="token-warning" data-warning=w.clone()>
                            {icon(Icon::Warning)}<span>{say::token_warning(&w, tries)}</span>
                        </div>
                    }
                }).collect_view()
            })}
            {move || last_try.get().then(|| view! {
                <label class="tick"><input type="checkbox" data-testid="owner-knows-last-try" prop:checked=move || knows_last.get()
                    on:change=move |e| knows_last.set(event_target_checked(&e))/><span>{t(W::KnowsLastTry)}</span></label>
            })}
            {move || if on_reader.get() {
                view! { <p class="note">{t(W::ReaderAsks)}</p> }.into_any()
            } else {
                view! { <PinField pin label=t(W::PinOfToken).to_owned() disabled=busy testid="owner-pin"/> }.into_any()
            }}
            {move || failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
            <p class="note" id="owner-why-not" data-testid="owner-why-not" aria-live="polite">{move || why_not.get()}</p>
            <footer class="modal-foot">
                <button type="button" class="btn" data-testid="owner-signs-no" on:click=move |_| asking.set(false)>{t(W::Cancel)}</button>
                <button type="submit" class="btn main" data-testid="owner-signs-yes" aria-describedby="owner-why-not"
                    disabled=move || busy.get() || !why_not.with(String::is_empty)>
                    {icon(Icon::Pen)}{move || t(if busy.get() { W::SigningWait } else { W::OwnerSignNow })}</button>
            </footer>
        </form>
    }
}
