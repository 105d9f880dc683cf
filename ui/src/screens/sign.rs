//! Ký: what is signed stands beside who signs it and with which certificate. The PIN strip never
//! covers the pages.

mod certificates;
mod list;
mod strip;
pub mod token;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::{FindTokens, SigningQueue};
use hoso_contract::view::{CertificateView, SignItem, TokenView};
use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::editor::VoucherPages;
use crate::state::{Desk, desk};
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};
pub use certificates::Certificates;
use list::SignList;
use strip::Strip;
use token::Found;

/// What the parts of the screen share; copied freely.
#[derive(Clone, Copy)]
pub struct Signing {
    pub desk: Desk,
    pub queue: RwSignal<Vec<SignItem>>,
    pub tokens: Found,
    pub viewed: RwSignal<Option<DossierId>>,
    pub seen: RwSignal<BTreeSet<DossierId>>,
    pub ticked: RwSignal<BTreeSet<DossierId>>,
    pub certificate: RwSignal<Option<Digest>>,
    /// Result per item of the last batch.
    pub outcome: RwSignal<BTreeMap<DossierId, Option<AppError>>>,
    reload: RwSignal<u32>,
}

impl Signing {
    pub fn item(self) -> Option<SignItem> {
        let id = self.viewed.get()?;
        self.queue.with(|q| q.iter().find(|i| i.id == id).cloned())
    }

    /// Shows an item's pages, and ticks it: what is looked at is what is signed.
    pub fn look(self, id: DossierId) {
        self.viewed.set(Some(id));
        self.seen.update(|s| {
            s.insert(id);
        });
        let can = untrack(|| {
            self.queue
                .with(|q| q.iter().any(|i| i.id == id && self.fits(i)))
        });
        if can {
            self.ticked.update(|s| {
                s.insert(id);
            });
        }
    }

    /// The certificate chosen, with the token it lies on.
    pub fn chosen(self) -> Option<(TokenView, CertificateView)> {
        token::chosen(self.tokens, self.certificate)
    }

    /// Whether the chosen certificate is registered for the item's step and account.
    pub fn fits(self, item: &SignItem) -> bool {
        self.certificate
            .get()
            .is_none_or(|id| item.certificates.contains(&id))
    }

    /// What would be signed now, in the list's order.
    pub fn items(self) -> Vec<SignItem> {
        let ticked = self.ticked.get();
        self.queue.with(|q| {
            q.iter()
                .filter(|i| ticked.contains(&i.id) && self.fits(i))
                .cloned()
                .collect()
        })
    }

    pub fn reload(self) {
        self.reload.update(|n| *n = n.wrapping_add(1));
    }
}

#[component]
pub fn Sign() -> impl IntoView {
    let desk = desk();
    let signing = Signing {
        desk,
        queue: RwSignal::new(Vec::new()),
        tokens: RwSignal::new(None),
        viewed: RwSignal::new(None),
        seen: RwSignal::new(BTreeSet::new()),
        ticked: RwSignal::new(BTreeSet::new()),
        certificate: RwSignal::new(None),
        outcome: RwSignal::new(BTreeMap::new()),
        reload: RwSignal::new(0),
    };
    let failed = RwSignal::new(None::<AppError>);
    let loaded = RwSignal::new(false);
    Effect::new(move |_| {
        desk.dossiers.track();
        signing.reload.track();
        // each signature of a batch changes a dossier; the list is read anew after the last
        if loaded.get_untracked() && desk.signing.with_untracked(Option::is_some) {
            return;
        }
        leptos::task::spawn_local(async move {
            match ipc::call(SigningQueue {}).await {
                Ok(queue) => {
                    let ids: BTreeSet<_> = queue.iter().map(|i| i.id).collect();
                    let first = queue.first().map(|i| i.id);
                    if signing.queue.try_set(queue).is_some() {
                        return;
                    }
                    failed.set(None);
                    loaded.set(true);
                    signing.ticked.update(|t| t.retain(|id| ids.contains(id)));
                    let wanted = desk.wanted.get_untracked().filter(|id| ids.contains(id));
                    desk.wanted.set(None);
                    let still = signing.viewed.get_untracked().filter(|id| ids.contains(id));
                    match wanted.or(still).or(first) {
                        Some(id) if signing.viewed.get_untracked() != Some(id) => signing.look(id),
                        Some(_) => {}
                        None => signing.viewed.set(None),
                    }
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    });
    Effect::new(move |_| {
        desk.tokens.track();
        leptos::task::spawn_local(async move {
            let found = ipc::call(FindTokens {}).await;
            if let Ok(found) = &found {
                let usable = |c: &&CertificateView| c.obstacles.is_empty();
                let all = || found.tokens.iter().flat_map(|t| &t.certificates);
                let now = signing.certificate.try_get_untracked().flatten();
                // a choice is only made for the person where there is nothing to choose
                let keep = all().filter(usable).find(|c| Some(c.id) == now);
                let keep = keep.map(|c| c.id);
                let only = (all().filter(usable).count() == 1)
                    .then(|| all().find(usable).map(|c| c.id))
                    .flatten();
                signing.certificate.try_set(keep.or(only));
            }
            signing.tokens.try_set(Some(found));
            if let Some(Some(id)) = signing.viewed.try_get_untracked() {
                signing.look(id);
            }
        });
    });
    let total = Memo::new(move |_| crate::rules::total(signing.items().iter().map(|i| i.total)));
    let seen = move || {
        let seen = signing.seen.get();
        signing
            .queue
            .with(|q| q.iter().filter(|i| seen.contains(&i.id)).count())
    };
    let shown = Memo::new(move |_| signing.item().map(|i| (i.id, i.revision, i.vouchers)));
    view! {
        <div class="screen sign" data-testid="screen-sign">
            <header class="head">
                <div class="title">
                    <h1>{t(W::SignTitle)}</h1>
                    <p class="unit-chip" data-testid="sign-unit"><span class="unit-stripe" aria-hidden="true"></span>
                        <b>{move || desk.unit().map(|u| u.name)}</b>" "<small>{move || desk.unit().map(|u| u.code)}</small></p>
                </div>
                <div class="acts">
                    <small data-testid="sign-seen">{move || tf(W::Seen, &[&seen(), &signing.queue.with(Vec::len)])}</small>
                    <b class="amount num" data-testid="sign-total">{move || total.get().map(|d| format!("{d} đ"))}</b>
                </div>
            </header>
            {move || desk.unit_changed.get().then(|| desk.unit()).flatten().map(|u| view! {
                <div class="notice wait unit-changed" data-testid="unit-changed">{icon(Icon::Warning)}
                    <b>{tf(W::UnitChanged, &[&u.name, &u.code])}</b></div>
            })}
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| signing.reload())/>
            })}
            {move || (loaded.get() && signing.queue.with(Vec::is_empty)).then(|| view! {
                <div class="card empty" data-testid="sign-none"><b>{t(W::NothingToSign)}</b><p>{t(W::NothingToSignNote)}</p></div>
            })}
            <div class="sign-desk" class:none=move || loaded.get() && signing.queue.with(Vec::is_empty)>
                <SignList signing/>
                <div class="sheets" tabindex="0" aria-label=t(W::PagesToSign)>
                    {move || shown.get().map(|(id, _, vouchers)| (0..vouchers).map(|voucher| view! {
                        <VoucherPages id voucher/>
                    }).collect_view())}
                </div>
                <Strip signing/>
            </div>
            <p class="hidden" aria-live="polite">
                {move || desk.signing.get().map(|(done, of)| tf(W::SigningNow, &[&done, &of]))}
            </p>
        </div>
    }
}

/// "Kế toán trưởng" and such, for tags.
pub fn role_word(item: &SignItem) -> String {
    say::role(item.role)
}
